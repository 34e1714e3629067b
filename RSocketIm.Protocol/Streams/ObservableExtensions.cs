using System.Reactive.Linq;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Credit-paced streams as <see cref="IObservable{T}"/>. The only file that makes an observable of a received stream.</summary>
/// <remarks>
/// An observable has no way to say "wait", so the pace is taken from how long <c>OnNext</c> runs: the peer may be
/// <see cref="RefillPolicy.Prefetch"/> payloads ahead, and credit follows as <c>OnNext</c> returns. An operator that
/// queues (<c>ObserveOn</c>, <c>Buffer</c>) returns at once and so gives that up: take the stream as an
/// <see cref="IAsyncEnumerable{T}"/> instead. <c>OnNext</c> runs on the thread pool, never on the read loop.
/// </remarks>
public static class ObservableExtensions
{
    /// <summary>REQUEST_STREAM as a cold observable: each subscription is a stream of its own, cancelled when it is disposed.</summary>
    /// <param name="requester">The requester.</param>
    /// <param name="request">The request.</param>
    /// <param name="refill">How far the responder may be ahead; <see cref="RefillPolicy.Default"/> when null.</param>
    public static IObservable<Payload> ObserveStream(this RSocketRequester requester, Payload request, RefillPolicy? refill = null) =>
        Cold(() => requester.RequestStreamAsync(request, refill));

    /// <summary>REQUEST_CHANNEL as a cold observable: each subscription is a channel of its own, cancelled when it is disposed.</summary>
    /// <param name="requester">The requester.</param>
    /// <param name="first">The first payload.</param>
    /// <param name="rest">The payloads after it.</param>
    /// <param name="refill">How far the responder may be ahead; <see cref="RefillPolicy.Default"/> when null.</param>
    public static IObservable<Payload> ObserveChannel(
        this RSocketRequester requester, Payload first, IAsyncEnumerable<Payload>? rest, RefillPolicy? refill = null) =>
        Cold(() => requester.RequestChannelAsync(first, rest, refill));

    /// <summary>The incoming direction of a channel as an observable, for its responder. It can be subscribed once.</summary>
    /// <param name="incoming">The incoming direction; this method subscribes and grants credit.</param>
    /// <param name="refill">How far the requester may be ahead; <see cref="RefillPolicy.Default"/> when null.</param>
    /// <exception cref="InvalidOperationException">There is a receiver already.</exception>
    public static IObservable<Payload> Observe(this InboundStream incoming, RefillPolicy? refill = null)
    {
        IAsyncEnumerable<Payload> payloads = incoming.ReadAllAsync(refill);
        return Cold(() => payloads);
    }

    private static IObservable<Payload> Cold(Func<IAsyncEnumerable<Payload>> open) =>
        Observable.Create<Payload>(async (observer, cancellationToken) =>
        {
            // Off the subscriber's thread from here on; Observable.Create reports what is thrown as OnError.
            await Task.Yield();
            await foreach (Payload payload in open().WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                observer.OnNext(payload);
            }
        });
}
