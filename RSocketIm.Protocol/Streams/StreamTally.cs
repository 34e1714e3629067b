namespace RSocketIm.Protocol.Streams;

/// <summary>Counts what streams of one connection were granted and sent; see <see cref="StreamContext.CountInto"/>.</summary>
/// <remarks>
/// One connection's streams may share a tally, streams of two connections may not: it is written under the gate of the
/// connection, which is held at those moments anyway, so that counting costs an addition and no contended memory. It may
/// be read at any time, by anybody.
/// </remarks>
public sealed class StreamTally
{
    private long granted;
    private long sent;

    /// <summary>Payloads that the peer has granted, the initial request(n) included; of one stream at most 2^31-1, which is "unbounded" and may be passed by <see cref="Sent"/>.</summary>
    public long Granted => Volatile.Read(ref granted);

    /// <summary>Payloads that were written to the connection, however many fragments each took.</summary>
    public long Sent => Volatile.Read(ref sent);

    // Gate held, both.
    internal void AddGranted(long n) => granted += n;

    internal void AddSent(long n) => sent += n;
}
