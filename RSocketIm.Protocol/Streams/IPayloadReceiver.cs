using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>What one stream receives, called on the connection's read loop: one call at a time, in order, and never again after an end.</summary>
/// <remarks>
/// An implementation must not block and must not wait for another frame of the same connection: the read loop serves
/// every stream, and what its callbacks cause to be written goes out when all that was read together has been handled.
/// Grant credit through the <see cref="InboundStream"/> when a payload has been dealt with.
/// </remarks>
public interface IPayloadReceiver
{
    /// <summary>A payload came. The bytes are gone when this returns.</summary>
    /// <param name="payload">The payload.</param>
    void OnNext(PayloadView payload);

    /// <summary>The peer's direction ended in order.</summary>
    void OnComplete();

    /// <summary>The stream failed, or its connection did.</summary>
    /// <param name="error">The code and text.</param>
    void OnError(RSocketException error);
}
