using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>The body of a request as the incoming half of a channel: a credit is one read from the socket, so that a slow disk slows the sender.</summary>
internal sealed class BodyChunks(Stream body, CancellationToken aborted) : InboundStream, IDisposable
{
    private const int ChunkBytes = 64 * 1024;

    private readonly SemaphoreSlim credit = new(0);
    private readonly CancellationTokenSource cancelled = CancellationTokenSource.CreateLinkedTokenSource(aborted);
    private IPayloadReceiver? receiver;

    public override int StreamId => 0;

    public override void Subscribe(IPayloadReceiver receiver) => this.receiver = receiver;

    public override void Request(int n) => credit.Release(n);

    public override void Cancel() => cancelled.Cancel();

    /// <summary>Hands the body over, a chunk for each credit, to its end.</summary>
    /// <exception cref="OperationCanceledException">The receiver wants no more, or the client has gone.</exception>
    public async Task PumpAsync()
    {
        byte[] chunk = new byte[ChunkBytes];
        while (true)
        {
            await credit.WaitAsync(cancelled.Token).ConfigureAwait(false);
            int length = await body.ReadAtLeastAsync(chunk, ChunkBytes, throwOnEndOfStream: false, cancelled.Token).ConfigureAwait(false);
            if (length > 0)
            {
                Pass(chunk.AsMemory(0, length));
            }

            if (length < ChunkBytes)
            {
                receiver!.OnComplete();
                return;
            }
        }
    }

    public void Dispose()
    {
        cancelled.Dispose();
        credit.Dispose();
    }

    private void Pass(ReadOnlyMemory<byte> bytes) => receiver!.OnNext(new PayloadView(new Payload(bytes)));
}
