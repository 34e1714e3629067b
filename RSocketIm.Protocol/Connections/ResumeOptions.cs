namespace RSocketIm.Protocol.Connections;

/// <summary>How sessions outlive their transport, and what they may cost.</summary>
/// <remarks>
/// <para>What is kept for a session are frames that were written and not yet acknowledged by the peer's position, nothing
/// else: sources are pulled by the write loop, and a session without a transport pulls nothing.</para>
/// <para>Spec: Protocol.md, "Resuming Operation".</para>
/// </remarks>
public sealed record ResumeOptions
{
    /// <summary>How long a session without a transport may be resumed, 1 ms..1 day, default 2 min: longer than a tunnel, shorter than a lunch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan SessionDuration
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
            field = value;
        }
    } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Bytes of unacknowledged frames at which the streams of a session wait for the peer's position, 1,024..1,073,741,824,
    /// default 262,144: 20 Mbit/s at a round trip of 100 ms. One frame and the answers that wait for nobody (single
    /// responses, ERROR, CANCEL, REQUEST_N) may add as much again; beyond that the session can no longer be resumed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxSessionBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1_024);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 30);
            field = value;
        }
    } = 262_144;

    /// <summary>
    /// Bytes that all sessions of a server may hold together, 1,024..2^62, default 67,108,864. Beyond it sessions without a
    /// transport end, the oldest first; when none is left, the session that needs more can no longer be resumed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public long MaxTotalBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1_024);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1L << 62);
            field = value;
        }
    } = 64L << 20;

    /// <summary>Sessions of a server without a transport, 0..2^31-1, default 10,000; one more ends the oldest. Each holds its streams and their sources.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxDetachedSessions
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 10_000;

    /// <summary>Longest token a server takes, in bytes, 1..65,535, default 256; a longer or an empty one is REJECTED_SETUP.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxTokenBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ushort.MaxValue);
            field = value;
        }
    } = 256;
}
