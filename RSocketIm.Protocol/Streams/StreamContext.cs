namespace RSocketIm.Protocol.Streams;

/// <summary>What a handler may know of the stream it serves.</summary>
public abstract class StreamContext
{
    /// <summary>The stream's id, 1..2^31-1.</summary>
    public abstract int StreamId { get; }

    /// <summary>Cancelled when the stream is over before the handler answered: the peer cancelled, or the connection ended.</summary>
    public abstract CancellationToken Cancelled { get; }

    /// <summary>Has the credit that the peer grants this stream, and the payloads that it is sent, counted: what was granted until now, and what comes.</summary>
    /// <param name="tally">A tally of this connection's alone. Once a stream; a single response has no credit and is not counted.</param>
    /// <remarks>A context that stands for something else than a stream of RSocket has no such credit, and counts nothing.</remarks>
    public virtual void CountInto(StreamTally tally)
    {
    }
}
