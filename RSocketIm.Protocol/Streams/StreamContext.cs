namespace RSocketIm.Protocol.Streams;

/// <summary>What a handler may know of the stream it serves.</summary>
public abstract class StreamContext
{
    /// <summary>The stream's id, 1..2^31-1.</summary>
    public abstract int StreamId { get; }

    /// <summary>Cancelled when the stream is over before the handler answered: the peer cancelled, or the connection ended.</summary>
    public abstract CancellationToken Cancelled { get; }
}
