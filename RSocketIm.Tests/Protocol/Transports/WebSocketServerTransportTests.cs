using System.IO.Pipelines;
using System.Net.WebSockets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>A server's WebSocket with a raw client, or the framework's, on the other end of memory.</summary>
public sealed class WebSocketServerTransportTests
{
    [Fact]
    public async Task BatchOfFrames_IsOneFlush()
    {
        (IDuplexPipe near, IDuplexPipe far) = DuplexPipes.Create();
        var output = new CountedFlushes(far.Output);
        await using WebSocketServerTransport server = Server(new Ends(far.Input, output));
        using WebSocket client = WebSocket.CreateFromStream(
            new TwoWayStream(near.Input.AsStream(), near.Output.AsStream()), new WebSocketCreationOptions { KeepAliveInterval = TimeSpan.Zero });
        int[] lengths = [6, 100, 119, 120, 65_529, 65_530, 200_000];
        foreach (int length in lengths)
        {
            byte[] frame = Build.Payload(1, new string('x', length - 6));
            System.Buffers.BuffersExtensions.Write(server.StartFrame(frame.Length), frame);
        }

        ValueTask flushed = server.FlushAsync(default);
        byte[] buffer = new byte[300_000];
        foreach (int length in lengths)
        {
            int received = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await client.ReceiveAsync(buffer.AsMemory(received), default).Within();
                received += result.Count;
            }
            while (!result.EndOfMessage);
            Assert.Equal(WebSocketMessageType.Binary, result.MessageType);
            Assert.Equal(new string('x', length - 6), new ReceivedFrame(buffer[..received]).Data);
        }

        await flushed.Within();
        Assert.Equal(1, output.Count);
    }

    [Fact]
    [Trait("Checklist", "89")]
    [Trait("Checklist", "E38")]
    public async Task PingBetweenContinuationFrames_IsAnsweredAtOnce_AndTheMessageIsWhole()
    {
        await using RawClient client = new();
        byte[] frame = Build.Payload(1, new string('x', 300));
        await client.SendAsync(0x02, frame[..100]);
        await client.SendAsync(0x89, [7, 8, 9]);
        ValueTask<bool> reading = client.Server.WaitToReadAsync(default);
        await client.FlushWhenWantedAsync();
        Assert.Equal([0x8A, 3, 7, 8, 9], await client.ReceiveAsync(5));
        await client.SendAsync(0x80, frame[100..]);
        Assert.True(await reading.Within());
        Assert.True(client.Server.TryRead(out System.Buffers.ReadOnlySequence<byte> whole));
        Assert.Equal(frame, System.Buffers.BuffersExtensions.ToArray(whole));
        Assert.Equal(FrameType.Payload, new ReceivedFrame(frame).Type);
    }

    [Fact]
    public async Task FramesOfOneRead_AreTakenInOneTurn()
    {
        await using RawClient client = new();
        byte[] frame = Build.Payload(1, "hello");
        await client.SendAsync([.. RawClient.Masked(0x82, frame), .. RawClient.Masked(0x89, []), .. RawClient.Masked(0x82, frame)]);
        Assert.True(await client.Server.WaitToReadAsync(default).Within());
        Assert.True(client.Server.TryRead(out _));
        Assert.True(client.Server.TryRead(out _));
        Assert.False(client.Server.TryRead(out _));
    }

    [Theory]
    [InlineData(new byte[0], new byte[] { 0x88, 2, 0x03, 0xE8 }, false)]                          // nothing said: 1000
    [InlineData(new byte[] { 0x03, 0xE9 }, new byte[] { 0x88, 2, 0x03, 0xE9 }, true)]             // 1001: the page is left
    [InlineData(new byte[] { 0x0F, 0xA0, 0xC3, 0xA4 }, new byte[] { 0x88, 2, 0x0F, 0xA0 }, false)] // 4000 and a reason
    [InlineData(new byte[] { 0x03 }, new byte[] { 0x88, 2, 0x03, 0xEA }, false)]                  // half a code
    [InlineData(new byte[] { 0x03, 0xED }, new byte[] { 0x88, 2, 0x03, 0xEA }, false)]            // 1005 is not for the wire
    [InlineData(new byte[] { 0x03, 0xE8, 0xC3 }, new byte[] { 0x88, 2, 0x03, 0xEA }, false)]      // half a character
    public async Task Close_IsAnsweredWithItsCode_OrAsAViolation(byte[] content, byte[] answer, bool left)
    {
        await using RawClient client = new();
        await client.SendAsync(0x88, content);
        Assert.False(await client.Server.WaitToReadAsync(default).Within());
        Assert.Equal(left, client.Server.PeerLeft);
        await client.Server.CompleteWritingAsync(default).AsTask().Within();
        Assert.Equal(answer, await client.ReceiveAsync(4));
    }

    [Fact]
    public async Task EndWithoutAClose_IsAFailure()
    {
        await using RawClient client = new();
        await client.SendAsync(RawClient.Masked(0x82, Build.Payload(1, "hello"))[..5]);
        await client.EndAsync();
        await Assert.ThrowsAsync<IOException>(() => client.Server.WaitToReadAsync(default).Within());
    }

    [Fact]
    public async Task Abort_EndsAReadThatWaits()
    {
        await using RawClient client = new();
        ValueTask<bool> reading = client.Server.WaitToReadAsync(default);
        client.Server.Abort();
        await Assert.ThrowsAsync<IOException>(() => reading.Within());
    }

    [Fact]
    public async Task ClientThatPingsAndDoesNotRead_HasOneAnswerWaiting_TheLatest()
    {
        await using RawClient client = new();
        byte[] large = Build.Payload(1, new string('x', 1 << 20));
        System.Buffers.BuffersExtensions.Write(client.Server.StartFrame(large.Length), large);
        ValueTask flushing = client.Server.FlushAsync(default);
        ValueTask<bool> reading = client.Server.WaitToReadAsync(default);
        for (byte i = 0; i < 100; i++)
        {
            await client.SendAsync(0x89, [i]);
        }

        await client.SendAsync(0x82, Build.Payload(1, "all pings are here"));
        Assert.True(await reading.Within());
        await client.ReceiveAsync(10 + large.Length);
        await flushing.Within();
        await client.FlushWhenWantedAsync();
        Assert.Equal([0x8A, 1, 99], await client.ReceiveAsync(3));
        await client.Server.CompleteWritingAsync(default).AsTask().Within();
        Assert.Equal([0x88, 2, 0x03, 0xE8], await client.ReceiveAsync(4));
    }

    [Fact]
    public async Task ConnectionThatWaits_HandsOutNoMemory()
    {
        var reads = new OfferedReads();
        await using WebSocketServerTransport server = Server(new StreamPipe(reads));
        ValueTask<bool> waiting = server.WaitToReadAsync(default);
        Assert.Equal([0], reads.Offered);
        reads.Arrive(RawClient.Masked(0x82, Build.Payload(1, "hello")));
        Assert.True(await waiting.Within());
        Assert.True(server.TryRead(out _));
        reads.Offered.Clear();
        waiting = server.WaitToReadAsync(default);
        Assert.Equal([0], reads.Offered);
        reads.Arrive([]);
        await Assert.ThrowsAsync<IOException>(() => waiting.Within());
    }

    private static WebSocketServerTransport Server(IDuplexPipe pipe) => new(pipe, null, pipe.Input.CancelPendingRead) { Flusher = new Flusher() };

    private sealed class Flusher : IFlusher
    {
        private readonly AsyncSignal signal = new();

        public ValueTask WokenAsync() => signal.WaitAsync();

        public void Wake() => signal.Set();
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class CountedFlushes(PipeWriter inner) : PipeWriter
    {
        public int Count { get; private set; }

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            Count++;
            return inner.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Writes frames by hand, masked with zeros.</summary>
    private sealed class RawClient : IAsyncDisposable
    {
        private readonly IDuplexPipe near;
        private readonly IDuplexPipe far;
        private readonly Stream incoming;

        public RawClient()
        {
            (near, far) = DuplexPipes.Create();
            incoming = near.Input.AsStream();
            Server = WebSocketServerTransportTests.Server(far);
        }

        public WebSocketServerTransport Server { get; }

        public static byte[] Masked(byte first, byte[] payload)
        {
            byte[] length = payload.Length < 126 ? [(byte)(0x80 | payload.Length)] : [0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length];
            return [first, .. length, 0, 0, 0, 0, .. payload];
        }

        public Task SendAsync(byte first, byte[] payload) => SendAsync(Masked(first, payload));

        public async Task SendAsync(byte[] bytes) => await near.Output.WriteAsync(bytes).AsTask().Within();

        public async Task<byte[]> ReceiveAsync(int count)
        {
            byte[] bytes = new byte[count];
            await incoming.ReadExactlyAsync(bytes).AsTask().Within();
            return bytes;
        }

        /// <summary>Does what a write loop does.</summary>
        public async Task FlushWhenWantedAsync()
        {
            await ((Flusher)Server.Flusher!).WokenAsync().Within();
            await Server.FlushAsync(default).Within();
        }

        public Task EndAsync() => near.Output.CompleteAsync().AsTask().Within();

        public async ValueTask DisposeAsync()
        {
            await near.Output.CompleteAsync();
            await near.Input.CompleteAsync();
            await Server.DisposeAsync();
            await far.Output.CompleteAsync();
            await far.Input.CompleteAsync();
        }
    }

    /// <summary>Writes down how much memory each read brings, and ends each when told to.</summary>
    private sealed class OfferedReads() : TwoWayStream(Null, Null)
    {
        private TaskCompletionSource arrived = new();
        private byte[] waiting = [];

        public List<int> Offered { get; } = [];

        public void Arrive(byte[] bytes)
        {
            waiting = bytes;
            arrived.SetResult();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Offered.Add(buffer.Length);
            await arrived.Task;
            int count = Math.Min(buffer.Length, waiting.Length);
            waiting.AsMemory(0, count).CopyTo(buffer);
            waiting = waiting[count..];
            if (waiting.Length == 0 && count > 0)
            {
                arrived = new TaskCompletionSource();
            }

            return count;
        }
    }
}
