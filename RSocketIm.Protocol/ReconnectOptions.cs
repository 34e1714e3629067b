namespace RSocketIm.Protocol;

/// <summary>When a client tries again: exponential back-off with full jitter, so that a thousand clients of a server that restarts do not come back as one.</summary>
public sealed record ReconnectOptions
{
    /// <summary>Upper bound of the first delay, 1 ms..1 h, default 200 ms; it doubles with each failure. The delay is random between 0 and the bound.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan FirstDelay { get; init => field = InRange(value); } = TimeSpan.FromMilliseconds(200);

    /// <summary>Upper bound of any delay, 1 ms..1 h, default 30 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan MaxDelay { get; init => field = InRange(value); } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts in a row that may fail before the client gives up, 1..2^31-1, default 2^31-1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxAttempts
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = int.MaxValue;

    /// <summary>The delay before an attempt.</summary>
    /// <param name="attempt">0 for the first after the connection was lost.</param>
    /// <param name="random">0..1.</param>
    internal TimeSpan DelayBefore(int attempt, double random)
    {
        double bound = Math.Min(MaxDelay.TotalMilliseconds, FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 40)));
        return TimeSpan.FromMilliseconds(bound * random);
    }

    private static TimeSpan InRange(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
        return value;
    }
}
