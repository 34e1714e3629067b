using System.Threading.Channels;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Receives a stream into a buffer that credit keeps bounded, for a consumer who takes one payload after the other.</summary>
/// <remarks>The consumer runs on its own thread, never on the read loop: it may be slow without delaying another stream.</remarks>
internal sealed class PrefetchReader(RefillPolicy policy) : IPayloadReceiver, IAsyncDisposable
{
    // "Unbounded" for the channel; the credit granted is the bound.
    private readonly Channel<Payload> buffer = Channel.CreateUnbounded<Payload>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private InboundStream? stream;
    private int consumed;
    private bool finished; // read to the end: what a channel still sends goes on

    public int InitialRequestN => policy.Prefetch;

    /// <summary>Names the stream whose credit this reader grants; before the first read.</summary>
    public void Bind(InboundStream inbound) => stream = inbound;

    public void OnNext(PayloadView payload) => buffer.Writer.TryWrite(payload.ToPayload());

    public void OnComplete() => buffer.Writer.TryComplete();

    public void OnError(RSocketException error) => buffer.Writer.TryComplete(error);

    public async IAsyncEnumerable<Payload> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await buffer.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (buffer.Reader.TryRead(out Payload payload))
            {
                yield return payload;
                Consumed(); // the consumer came back for more
            }
        }

        finished = true;
    }

    public ValueTask DisposeAsync()
    {
        if (!finished)
        {
            stream?.Cancel();
        }

        buffer.Writer.TryComplete(new RSocketException(ErrorCode.Canceled, "The stream was cancelled."));
        return ValueTask.CompletedTask;
    }

    private void Consumed()
    {
        if (++consumed >= policy.Batch)
        {
            stream!.Request(consumed);
            consumed = 0;
        }
    }
}
