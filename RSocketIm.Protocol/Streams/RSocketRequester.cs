using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Sends requests to the peer: the five interactions, with credit in the caller's hands. Safe to use from any thread.</summary>
/// <remarks>
/// <para><see cref="RequesterExtensions"/> adds the comfortable forms: <see cref="IObservable{T}"/> with prefetch and refill,
/// <see cref="IAsyncEnumerable{T}"/>.</para>
/// <para>What a request hands over stays unchanged until it is written. A request on a connection that is closed or
/// draining fails with REJECTED: nothing of it was sent.</para>
/// </remarks>
public abstract class RSocketRequester
{
    /// <summary>REQUEST_RESPONSE.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Sends CANCEL and ends the wait.</param>
    /// <returns>The response; <see cref="Payload.Empty"/> when the responder completed without one.</returns>
    /// <exception cref="RSocketException">The peer answered with ERROR, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public abstract ValueTask<Payload> RequestResponseAsync(Payload request, CancellationToken cancellationToken = default);

    /// <summary>REQUEST_FNF.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Takes the request back while it is not written.</param>
    /// <returns>Completes when the request is in the transport's buffer, so that a caller who awaits it cannot outrun the connection.</returns>
    /// <exception cref="RSocketException">The connection ended before.</exception>
    public abstract ValueTask FireAndForgetAsync(Payload request, CancellationToken cancellationToken = default);

    /// <summary>REQUEST_STREAM with credit in the caller's hands.</summary>
    /// <param name="request">The request.</param>
    /// <param name="initialRequestN">Credit to start with, 1..2^31-1.</param>
    /// <param name="receiver">Who receives; called on the connection's read loop.</param>
    /// <returns>The stream: grant more, or cancel.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="initialRequestN"/> is below 1.</exception>
    public abstract InboundStream RequestStream(Payload request, int initialRequestN, IPayloadReceiver receiver);

    /// <summary>REQUEST_CHANNEL with credit in the caller's hands.</summary>
    /// <param name="first">The first payload, which needs no credit of the peer.</param>
    /// <param name="rest">The payloads after it, pulled as the peer grants credit; null when the first is the only one.</param>
    /// <param name="initialRequestN">Credit to start with, 1..2^31-1.</param>
    /// <param name="receiver">Who receives; called on the connection's read loop.</param>
    /// <returns>The stream: grant more, or cancel both directions.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="initialRequestN"/> is below 1.</exception>
    public abstract InboundStream RequestChannel(Payload first, PayloadSource? rest, int initialRequestN, IPayloadReceiver receiver);

    /// <summary>METADATA_PUSH. rsocket-js closes a connection on which it receives one; send it to other peers only.</summary>
    /// <param name="metadata">The metadata, 0 bytes or more.</param>
    /// <param name="cancellationToken">Ends the wait for room on the connection.</param>
    /// <returns>Completes when the frame is queued, which waits while the connection's backlog is full.</returns>
    public abstract ValueTask MetadataPushAsync(ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default);
}
