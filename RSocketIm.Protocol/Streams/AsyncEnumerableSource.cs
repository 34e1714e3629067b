using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Pulls an <see cref="IAsyncEnumerable{T}"/>: one value is looked ahead, none is queued.</summary>
#pragma warning disable CA1001 // A CancellationTokenSource without a timer holds nothing that needs disposing.
internal sealed class AsyncEnumerableSource(IAsyncEnumerable<Payload> payloads) : PayloadSource
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource released = new();
    private readonly Lock sync = new();
    private readonly AsyncSignal taken = new();
    private Payload ahead;
    private bool hasAhead;

    protected override void Attached() => _ = RunAsync();

    protected internal override PullStatus TryPull(out Payload payload)
    {
        lock (sync)
        {
            payload = ahead;
            if (!hasAhead)
            {
                return PullStatus.Idle;
            }

            hasAhead = false;
            ahead = default;
        }

        taken.Set();
        return PullStatus.Next;
    }

    protected internal override void Release()
    {
        released.Cancel();
        taken.Set();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (Payload payload in payloads.WithCancellation(released.Token).ConfigureAwait(false))
            {
                lock (sync)
                {
                    ahead = payload;
                    hasAhead = true;
                }

                SignalReady();
                await taken.WaitAsync().ConfigureAwait(false);
                if (released.IsCancellationRequested)
                {
                    return;
                }
            }

            SignalComplete();
        }
        catch (OperationCanceledException) when (released.IsCancellationRequested)
        {
            // The stream is over: nobody is left to tell.
        }
        catch (RSocketException error)
        {
            SignalError(error);
        }
#pragma warning disable CA1031 // The sequence is user code: whatever it throws ends this stream.
        catch (Exception error)
#pragma warning restore CA1031
        {
            SignalError(new RSocketException(ErrorCode.ApplicationError, "The responder failed.", error));
        }
    }
}
