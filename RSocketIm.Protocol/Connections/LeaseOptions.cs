namespace RSocketIm.Protocol.Connections;

/// <summary>A standing offer: so many requests per time, renewed when the time is over.</summary>
/// <remarks>Spec: Protocol.md, "LEASE Frame (0x02)" and "Lease Semantics".</remarks>
public sealed record LeaseOptions
{
    /// <summary>Requests of all four kinds per lease, 0..2^31-1, default 1,000. 0 stops the peer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Requests
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 1_000;

    /// <summary>How long a lease is good for, 1 ms..2^31-1 ms, default 1 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan TimeToLive
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
            field = value;
        }
    } = TimeSpan.FromSeconds(1);
}
