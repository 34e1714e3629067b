using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Sources made of what .NET programs have at hand.</summary>
public static class PayloadSources
{
    /// <summary>Completes at once.</summary>
    public static PayloadSource Empty() => new EnumeratorSource([]);

    /// <summary>The values in order, taken from the enumerator as there is credit.</summary>
    /// <param name="payloads">The values; the enumerator is advanced on the write loop and must not block.</param>
    public static PayloadSource From(IEnumerable<Payload> payloads) => new EnumeratorSource(payloads);

    /// <summary>The values in order, asked for one at a time.</summary>
    /// <param name="payloads">
    /// The values. One value ahead of the credit is asked for, so that the end of the sequence is seen, and COMPLETE
    /// sent, without the requester having to grant credit for a payload that never comes.
    /// </param>
    public static PayloadSource From(IAsyncEnumerable<Payload> payloads) => new AsyncEnumerableSource(payloads);

    /// <summary>A source that is not there yet: credit waits until the task has one.</summary>
    /// <param name="source">The source, or the failure that ends the stream.</param>
    public static PayloadSource From(Task<PayloadSource> source) => new DeferredSource(source);

    private sealed class EnumeratorSource(IEnumerable<Payload> payloads) : PayloadSource
    {
        private readonly IEnumerator<Payload> enumerator = payloads.GetEnumerator();

        // One value is looked ahead so that the last one carries COMPLETE.
        private bool started;
        private bool hasNext;

        protected override void Attached()
        {
            started = true;
            hasNext = enumerator.MoveNext();
            if (!hasNext)
            {
                SignalComplete();
            }
        }

        protected internal override PullStatus TryPull(out Payload payload)
        {
            if (!started || !hasNext)
            {
                payload = default;
                return started ? PullStatus.Complete : PullStatus.Idle;
            }

            payload = enumerator.Current;
            try
            {
                hasNext = enumerator.MoveNext();
            }
#pragma warning disable CA1031 // The values are user code; what looking ahead throws must not cost the value in hand.
            catch (Exception error)
#pragma warning restore CA1031
            {
                hasNext = false;
                SignalError(error as RSocketException ?? new RSocketException(ErrorCode.ApplicationError, "The responder failed.", error));
                return PullStatus.Next;
            }

            return hasNext ? PullStatus.Next : PullStatus.NextAndComplete;
        }

        protected internal override void Release() => enumerator.Dispose();
    }
}
