using System.Runtime.CompilerServices;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Streams and channels as <see cref="IAsyncEnumerable{T}"/>: credit follows the consumer.</summary>
public static class RequesterExtensions
{
    /// <summary>REQUEST_STREAM as a sequence; each enumeration is a stream of its own, cancelled when it is disposed.</summary>
    /// <param name="requester">The requester.</param>
    /// <param name="request">The request.</param>
    /// <param name="refill">How far the responder may be ahead; <see cref="RefillPolicy.Default"/> when null.</param>
    /// <param name="cancellationToken">Ends the enumeration and cancels the stream.</param>
    /// <exception cref="RSocketException">Thrown by the enumeration when the stream fails.</exception>
    public static async IAsyncEnumerable<Payload> RequestStreamAsync(
        this RSocketRequester requester,
        Payload request,
        RefillPolicy? refill = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requester);
        await using var reader = new PrefetchReader(refill ?? RefillPolicy.Default);
        reader.Bind(requester.RequestStream(request, reader.InitialRequestN, reader));
        await foreach (Payload payload in reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return payload;
        }
    }

    /// <summary>REQUEST_CHANNEL as a sequence; each enumeration is a channel of its own, cancelled when it is disposed.</summary>
    /// <param name="requester">The requester.</param>
    /// <param name="first">The first payload, which needs no credit.</param>
    /// <param name="rest">The payloads after it; asked for one by one as the responder grants credit.</param>
    /// <param name="refill">How far the responder may be ahead; <see cref="RefillPolicy.Default"/> when null.</param>
    /// <param name="cancellationToken">Ends the enumeration and cancels the channel.</param>
    /// <exception cref="RSocketException">Thrown by the enumeration when the channel fails.</exception>
    public static async IAsyncEnumerable<Payload> RequestChannelAsync(
        this RSocketRequester requester,
        Payload first,
        IAsyncEnumerable<Payload>? rest,
        RefillPolicy? refill = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requester);
        await using var reader = new PrefetchReader(refill ?? RefillPolicy.Default);
        PayloadSource? source = rest is null ? null : PayloadSources.From(rest);
        reader.Bind(requester.RequestChannel(first, source, reader.InitialRequestN, reader));
        await foreach (Payload payload in reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return payload;
        }
    }

    /// <summary>The incoming direction of a channel as a sequence, for its responder. It can be enumerated once.</summary>
    /// <param name="incoming">The incoming direction; this method subscribes and grants credit.</param>
    /// <param name="refill">How far the requester may be ahead; <see cref="RefillPolicy.Default"/> when null.</param>
    /// <returns>The payloads after the first; disposing the enumeration cancels this direction only.</returns>
    /// <exception cref="InvalidOperationException">There is a receiver already.</exception>
    public static IAsyncEnumerable<Payload> ReadAllAsync(this InboundStream incoming, RefillPolicy? refill = null)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        var reader = new PrefetchReader(refill ?? RefillPolicy.Default);
        reader.Bind(incoming);
        incoming.Subscribe(reader); // at once: an end that comes before the enumeration starts is kept for it
        incoming.Request(reader.InitialRequestN);
        return Enumerate(reader);

        static async IAsyncEnumerable<Payload> Enumerate(PrefetchReader reader, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await using (reader)
            {
                await foreach (Payload payload in reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                {
                    yield return payload;
                }
            }
        }
    }
}
