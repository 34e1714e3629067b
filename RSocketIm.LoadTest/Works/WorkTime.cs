namespace RSocketIm.LoadTest.Works;

/// <summary>How long a work runs.</summary>
/// <param name="WarmUp">Not counted.</param>
/// <param name="Measured">Counted.</param>
internal readonly record struct WorkTime(TimeSpan WarmUp, TimeSpan Measured)
{
    /// <summary>What connecting, and the last answers, may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    public static WorkTime Seconds(double warmUp, double measured) => new(TimeSpan.FromSeconds(warmUp), TimeSpan.FromSeconds(measured));
}
