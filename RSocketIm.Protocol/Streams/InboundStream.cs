namespace RSocketIm.Protocol.Streams;

/// <summary>The receiving direction of a stream: grants credit to the peer and cancels it. Safe to use from any thread.</summary>
public abstract class InboundStream
{
    /// <summary>The stream's id, or 0 while a requester's stream has not been written yet.</summary>
    public abstract int StreamId { get; }

    /// <summary>Names who receives. A responder calls it once, before it grants its first credit; a requester's stream has its receiver already.</summary>
    /// <param name="receiver">Who receives.</param>
    /// <exception cref="InvalidOperationException">There is a receiver already.</exception>
    public abstract void Subscribe(IPayloadReceiver receiver);

    /// <summary>Lets the peer send <paramref name="n"/> more payloads. Grants add up and are never taken back.</summary>
    /// <param name="n">Credit in payloads, 1..2^31-1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is below 1.</exception>
    public abstract void Request(int n);

    /// <summary>Wants no more: nothing is received after this returns, except a call that is running now on the read loop.</summary>
    public abstract void Cancel();
}
