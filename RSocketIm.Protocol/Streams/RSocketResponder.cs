using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Answers the peer's requests: one object per connection, the five interactions as methods. Override what you serve.</summary>
/// <remarks>
/// Methods are called on the connection's read loop, one at a time, and must not block: decode the view, then return a
/// task or a source. What they cause to be written goes out when all that was read together has been handled. What is not
/// overridden is refused with REJECTED, or dropped where the interaction has no answer. Throw <see cref="RSocketException"/>
/// to answer with a code and a text of your own.
/// </remarks>
public abstract class RSocketResponder
{
    /// <summary>REQUEST_RESPONSE.</summary>
    /// <param name="request">The request; gone when the method returns its task.</param>
    /// <param name="context">The stream; the handler's until the task completes, then it may serve another request.</param>
    /// <returns>The answer. Of a task that is complete when it is returned its bytes are copied before anything else happens, so they may be the request's own.</returns>
    public virtual ValueTask<Payload> RequestResponseAsync(PayloadView request, StreamContext context) =>
        ValueTask.FromException<Payload>(NotServed("request-response"));

    /// <summary>REQUEST_FNF. Nothing is ever answered; what is thrown goes to the log.</summary>
    /// <param name="request">The request; gone when the method returns.</param>
    public virtual void FireAndForget(PayloadView request)
    {
    }

    /// <summary>REQUEST_STREAM.</summary>
    /// <param name="request">The request; gone when the method returns.</param>
    /// <param name="context">The stream.</param>
    /// <returns>What to send, pulled as the peer grants credit.</returns>
    public virtual PayloadSource RequestStream(PayloadView request, StreamContext context) => throw NotServed("request-stream");

    /// <summary>REQUEST_CHANNEL.</summary>
    /// <param name="first">The first payload, which needs no credit; gone when the method returns.</param>
    /// <param name="incoming">The payloads after it: subscribe, then grant credit.</param>
    /// <param name="context">The stream.</param>
    /// <returns>What to send, pulled as the peer grants credit.</returns>
    public virtual PayloadSource RequestChannel(PayloadView first, InboundStream incoming, StreamContext context) =>
        throw NotServed("request-channel");

    /// <summary>METADATA_PUSH. Nothing is ever answered; what is thrown goes to the log.</summary>
    /// <param name="metadata">A view without data.</param>
    public virtual void MetadataPush(PayloadView metadata)
    {
    }

    /// <summary>Says whether the client of a resumable connection may go on over another transport; called for each RESUME, on any thread, before anything is sent.</summary>
    /// <returns>False when it may not, because its rights are over: RESUME is refused and the connection ends.</returns>
    public virtual bool MayResume() => true;

    /// <summary>The connection is over; called once, last. Streams have been ended before.</summary>
    /// <param name="reason">Why, or null when it closed in order.</param>
    public virtual void ConnectionClosed(Exception? reason)
    {
    }

    private static RSocketException NotServed(string interaction) =>
        new(ErrorCode.Rejected, $"This responder does not serve {interaction}.");
}
