using BenchmarkDotNet.Attributes;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.LoadTest.Micro;

/// <summary>Client and server in one process over memory: the whole path of a request, and of a streamed payload, with what it allocates on both sides together.</summary>
#pragma warning disable CA1001 // BenchmarkDotNet calls Cleanup.
public class EchoBenchmarks
#pragma warning restore CA1001
{
    private const int Requests = 256;
    private const int Payloads = 10_000;
    private readonly Payload request = new(new byte[32]);
    private RSocketServer? server;
    private RSocketClient? client;

    /// <summary>Connects.</summary>
    [GlobalSetup]
    public async Task Setup()
    {
        server = new RSocketServer((_, _, _) => ValueTask.FromResult<RSocketResponder>(new Responder()));
        (MemoryTransport clientEnd, MemoryTransport serverEnd) = MemoryTransport.CreatePair();
        _ = server.ServeAsync(serverEnd);
        client = await RSocketClient.ConnectAsync(clientEnd);
    }

    /// <summary>Disconnects.</summary>
    [GlobalCleanup]
    public async Task Cleanup()
    {
        await client!.DisposeAsync();
        await server!.DisposeAsync();
    }

    /// <summary>Request-response of 32 bytes, 256 in flight; figures per request.</summary>
    [Benchmark(OperationsPerInvoke = Requests)]
    public async Task RequestResponse()
    {
        var pending = new Task[Requests];
        for (int i = 0; i < Requests; i++)
        {
            pending[i] = client!.RequestResponseAsync(request).AsTask();
        }

        await Task.WhenAll(pending);
    }

    /// <summary>Request-stream of 10,000 payloads of 32 bytes, credit 512 at a time; figures per payload.</summary>
    [Benchmark(OperationsPerInvoke = Payloads)]
    public async Task RequestStream()
    {
        var receiver = new CountingReceiver();
        receiver.Stream = client!.RequestStream(request, 1_024, receiver);
        await receiver.Done.Task;
    }

    private sealed class Responder : RSocketResponder
    {
        public override ValueTask<Payload> RequestResponseAsync(PayloadView request, StreamContext context) => ValueTask.FromResult(request.ToPayload());

        public override PayloadSource RequestStream(PayloadView request, StreamContext context) => new Repeat(request.ToPayload(), Payloads);
    }

    private sealed class Repeat(Payload payload, int left) : PayloadSource
    {
        private int left = left;

        protected internal override PullStatus TryPull(out Payload next)
        {
            next = payload;
            return --left == 0 ? PullStatus.NextAndComplete : PullStatus.Next;
        }
    }

    private sealed class CountingReceiver : IPayloadReceiver
    {
        private volatile InboundStream? stream;
        private int consumed;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public InboundStream Stream
        {
            set => stream = value;
        }

        public void OnNext(PayloadView payload)
        {
            if (++consumed % 512 == 0)
            {
                // The first payloads may be here before RequestStream has returned the stream.
                SpinWait.SpinUntil(() => stream is not null);
                stream!.Request(512);
            }
        }

        public void OnComplete() => Done.SetResult();

        public void OnError(RSocketException error) => Done.SetException(error);
    }
}
