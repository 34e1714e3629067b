using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>A pipe on one end of a loopback connection, and a plain socket on the other.</summary>
public sealed class SocketPipeTests : IDisposable
{
    // Set, so that the system does not make more room while nobody reads.
    private const int SystemBuffer = 65_536;

    // More than both ends' buffers hold.
    private const int TooMuch = 8 << 20;

    private readonly Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = SystemBuffer };
    private readonly Socket socket;
    private readonly SocketPipe pipe;

    public SocketPipeTests()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        peer.Connect(listener.LocalEndPoint!);
        socket = listener.Accept();
        socket.SendBufferSize = SystemBuffer;
        pipe = new SocketPipe(socket);
    }

    public void Dispose()
    {
        socket.Dispose();
        peer.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task BytesOfThePeer_ComeInOrder_HoweverTheyAreSentAndTaken(int seed)
    {
        Random random = new(seed);
        byte[] sent = Bytes(random, 4 << 20);
        Task sending = SendInPiecesAsync(sent, new Random(seed));
        byte[] received = new byte[sent.Length];
        int at = 0;
        while (true)
        {
            ReadResult result = await pipe.Input.ReadAsync().Within();
            long taken = result.IsCompleted ? result.Buffer.Length : random.NextInt64(result.Buffer.Length + 1);
            SequencePosition consumed = result.Buffer.GetPosition(taken);
            result.Buffer.Slice(0, taken).CopyTo(received.AsSpan(at));
            at += (int)taken;
            pipe.Input.AdvanceTo(consumed, random.Next(2) == 0 ? consumed : result.Buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        await sending.Within();
        Assert.Equal(sent.Length, at);
        AssertSame(sent, received);
    }

    // Who sends often is waited for with 64 bytes instead of none.
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(4_000)]
    public async Task MessageOfAPeerWhoSendsOften_ComesInOneRead(int length)
    {
        byte[] message = Bytes(new Random(length), length);
        for (int i = 0; i < 20; i++)
        {
            Task<ReadResult> waiting = pipe.Input.ReadAsync().AsTask();
            Assert.False(waiting.IsCompleted);
            await peer.SendAsync(message).Within();
            ReadResult result = await waiting.Within();
            Assert.Equal(message, result.Buffer.ToArray());
            pipe.Input.AdvanceTo(result.Buffer.End);
        }

        peer.Shutdown(SocketShutdown.Send);
        Assert.True((await pipe.Input.ReadAsync().Within()).IsCompleted);
    }

    [Theory]
    [InlineData(1, 70)]
    [InlineData(2, 300)]
    [InlineData(3, 10_000)]
    public async Task BytesOfThePeer_ComeInOrder_WhenEachIsWaitedFor_AndTakenInParts(int seed, int longest)
    {
        Random random = new(seed);
        MemoryStream sent = new();
        MemoryStream received = new();
        for (int i = 0; i < 500; i++)
        {
            Task<ReadResult> reading = pipe.Input.ReadAsync().AsTask();
            if (!reading.IsCompleted)
            {
                byte[] piece = Bytes(random, random.Next(1, longest + 1));
                sent.Write(piece);
                await peer.SendAsync(piece).Within();
            }

            Take((await reading.Within()).Buffer, random.Next(3));
        }

        peer.Shutdown(SocketShutdown.Send);
        ReadResult last;
        do
        {
            last = await pipe.Input.ReadAsync().Within();
            Take(last.Buffer, 0);
        }
        while (!last.IsCompleted);
        AssertSame(sent.ToArray(), received.ToArray());

        void Take(ReadOnlySequence<byte> buffer, int how)
        {
            long taken = how == 0 ? buffer.Length : random.NextInt64(buffer.Length + 1);
            received.Write(buffer.Slice(0, taken).ToArray());
            pipe.Input.AdvanceTo(buffer.GetPosition(taken), how == 1 ? buffer.GetPosition(taken) : buffer.End);
        }
    }

    [Fact]
    public async Task ResetOfAPeerWhoSendsOften_IsASocketException()
    {
        for (int i = 0; i < 20; i++)
        {
            Task<ReadResult> waiting = pipe.Input.ReadAsync().AsTask();
            await SayAsync("x");
            pipe.Input.AdvanceTo((await waiting.Within()).Buffer.End);
        }

        Task<ReadResult> last = pipe.Input.ReadAsync().AsTask();
        peer.Close(0);
        await Assert.ThrowsAsync<SocketException>(() => last.Within());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task BytesForThePeer_ComeInOrder_HoweverTheyAreWritten(int seed)
    {
        Random random = new(seed);
        byte[] sent = Bytes(random, 4 << 20);
        Task<byte[]> receiving = ReceiveAsync(sent.Length + 1);
        for (int at = 0; at < sent.Length;)
        {
            int length = Math.Min(Piece(random), sent.Length - at);
            if (random.Next(2) == 0)
            {
                sent.AsSpan(at, length).CopyTo(pipe.Output.GetSpan(length));
            }
            else
            {
                sent.AsMemory(at, length).CopyTo(pipe.Output.GetMemory(length));
            }

            pipe.Output.Advance(length);
            at += length;
            if (random.Next(3) == 0)
            {
                await pipe.Output.FlushAsync().Within();
            }
        }

        await pipe.Output.FlushAsync().Within();
        socket.Shutdown(SocketShutdown.Send);
        AssertSame(sent, await receiving.Within());
    }

    [Fact]
    public async Task BothDirections_AtTheSameTime_DoNotMix()
    {
        byte[] sent = Bytes(new Random(1), 4 << 20);
        Task sending = SendInPiecesAsync(sent, new Random(1));
        Task<byte[]> receiving = ReceiveAsync(sent.Length + 1);
        await pipe.Input.CopyToAsync(pipe.Output).Within();
        socket.Shutdown(SocketShutdown.Send);
        AssertSame(sent, await receiving.Within());
        await sending.Within();
    }

    [Fact]
    public async Task Reader_WhoConsumesPartAndExaminesAll_WaitsForMore_AndGetsOldAndNewTogether()
    {
        await SayAsync("abcdef");
        ReadResult first = await pipe.Input.ReadAtLeastAsync(6).Within();
        pipe.Input.AdvanceTo(first.Buffer.GetPosition(2), first.Buffer.End);
        Task<ReadResult> second = pipe.Input.ReadAsync().AsTask();
        Assert.False(second.IsCompleted);
        await SayAsync("g");
        ReadResult result = await second.Within();
        Assert.Equal("cdefg", Text(result));
        Assert.True(result.Buffer.IsSingleSegment);
        pipe.Input.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task Reader_WhoExaminesPart_GetsTheRestAtOnce()
    {
        await SayAsync("abcdef");
        ReadResult first = await pipe.Input.ReadAtLeastAsync(6).Within();
        pipe.Input.AdvanceTo(first.Buffer.GetPosition(2), first.Buffer.GetPosition(4));
        Assert.True(pipe.Input.TryRead(out ReadResult tried));
        Assert.Equal("cdef", Text(tried));
        pipe.Input.AdvanceTo(tried.Buffer.GetPosition(1));
        Task<ReadResult> second = pipe.Input.ReadAsync().AsTask();
        Assert.True(second.IsCompleted);
        Assert.Equal("def", Text(await second));
    }

    [Fact]
    public async Task Reader_WhoHasConsumedEverything_WaitsForMore()
    {
        await SayAsync("abc");
        ReadResult first = await pipe.Input.ReadAtLeastAsync(3).Within();
        pipe.Input.AdvanceTo(first.Buffer.End);
        Assert.False(pipe.Input.TryRead(out _));
        Task<ReadResult> second = pipe.Input.ReadAsync().AsTask();
        Assert.False(second.IsCompleted);
        await SayAsync("d");
        Assert.Equal("d", Text(await second.Within()));
    }

    [Fact]
    public void TryRead_WithoutData_IsFalse() => Assert.False(pipe.Input.TryRead(out _));

    [Fact]
    public async Task EndOfThePeer_ComesBehindTheRest_AndStays()
    {
        await SayAsync("rest");
        peer.Shutdown(SocketShutdown.Send);
        ReadResult result = await pipe.Input.ReadAtLeastAsync(4).Within();
        Assert.Equal("rest", Text(result));
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        result = await pipe.Input.ReadAsync().Within();
        Assert.True(result.IsCompleted);
        Assert.Equal("rest", Text(result));
        pipe.Input.AdvanceTo(result.Buffer.End);
        for (int i = 0; i < 2; i++)
        {
            result = await pipe.Input.ReadAsync().Within();
            Assert.Equal((true, 0), (result.IsCompleted, result.Buffer.Length));
            pipe.Input.AdvanceTo(result.Buffer.End);
        }
    }

    [Fact]
    public async Task EndOfThePeer_EndsAReadThatWaits_AndNotTheOtherDirection()
    {
        Task<ReadResult> waiting = pipe.Input.ReadAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        peer.Shutdown(SocketShutdown.Send);
        Assert.True((await waiting.Within()).IsCompleted);
        await pipe.Output.WriteAsync("still here"u8.ToArray()).Within();
        Assert.Equal("still here"u8.ToArray(), await ReceiveAsync(10).Within());
    }

    [Fact]
    public async Task ResetByThePeer_IsASocketException_OfReadsAndOfFlushes()
    {
        Task<ReadResult> waiting = pipe.Input.ReadAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        peer.Close(0);
        await Assert.ThrowsAsync<SocketException>(() => waiting.Within());
        await Assert.ThrowsAsync<SocketException>(() => pipe.Output.WriteAsync("too late"u8.ToArray()).Within());
        Assert.Equal(0, pipe.Output.UnflushedBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClosingTheSocket_EndsAReadAndAFlushThatWait(bool byReset)
    {
        Task<ReadResult> read = pipe.Input.ReadAsync().AsTask();
        Task<FlushResult> flush = pipe.Output.WriteAsync(new byte[TooMuch]).AsTask();
        Assert.False(read.IsCompleted);
        Assert.False(flush.IsCompleted);
        if (byReset)
        {
            pipe.Abort();
        }
        else
        {
            socket.Dispose();
        }

        foreach (Task waiting in (Task[])[read, flush])
        {
            Exception? error = await Record.ExceptionAsync(() => waiting.Within());
            Assert.True(error is SocketException or ObjectDisposedException, $"The wait ended with: {error}");
        }
    }

    [Fact]
    public async Task Flush_ToAPeerThatDoesNotRead_WaitsUntilItDoes_AndLosesNothing()
    {
        using MemoryStream sent = new();
        Task<FlushResult> flush = FlushUntilOneWaits(sent);
        byte[] received = await ReceiveAsync((int)sent.Length).Within();
        Assert.False((await flush.Within()).IsCompleted);
        await pipe.Output.WriteAsync("more"u8.ToArray()).Within();
        AssertSame(sent.ToArray(), received);
        Assert.Equal("more"u8.ToArray(), await ReceiveAsync(4).Within());
    }

    [Fact]
    public async Task ManyWrites_WithoutAFlush_GrowAndAreSentTogether()
    {
        byte[] all = Bytes(new Random(1), 200_000);
        for (int at = 0; at < all.Length; at += 100)
        {
            Assert.Equal(at, pipe.Output.UnflushedBytes);
            Assert.False(pipe.Output.GetSpan().IsEmpty);
            Assert.False(pipe.Output.GetMemory().IsEmpty);
            Assert.InRange(pipe.Output.GetSpan(100).Length, 100, int.MaxValue);
            Memory<byte> room = pipe.Output.GetMemory(100);
            Assert.InRange(room.Length, 100, int.MaxValue);
            all.AsMemory(at, 100).CopyTo(room);
            pipe.Output.Advance(100);
        }

        Assert.True(pipe.Output.CanGetUnflushedBytes);
        Assert.Equal(all.Length, pipe.Output.UnflushedBytes);
        Assert.Equal(0, peer.Available);
        Task<byte[]> receiving = ReceiveAsync(all.Length);
        await pipe.Output.FlushAsync().Within();
        Assert.Equal(0, pipe.Output.UnflushedBytes);
        AssertSame(all, await receiving.Within());
    }

    [Fact]
    public void Advance_BeyondWhatWasGiven_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(1));
        int room = pipe.Output.GetMemory(10).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(room + 1));
        pipe.Output.Advance(room);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(1));
        Assert.Equal(room, pipe.Output.UnflushedBytes);
    }

    [Fact]
    public async Task Flush_OfNothing_CompletesAndSendsNothing()
    {
        Assert.True(pipe.Output.FlushAsync().AsTask().IsCompletedSuccessfully);
        pipe.Output.GetSpan(100);
        Assert.True(pipe.Output.FlushAsync().AsTask().IsCompletedSuccessfully);
        await pipe.Output.WriteAsync("x"u8.ToArray()).Within();
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("x"u8.ToArray(), await ReceiveAsync(100).Within());
    }

    [Fact]
    public async Task Complete_OfTheOutput_DropsWhatWasNotFlushed_AndLeavesTheSocketOpen()
    {
        pipe.Output.Write("lost"u8);
        await pipe.Output.CompleteAsync();
        Assert.Equal(0, pipe.Output.UnflushedBytes);
        await SayAsync("x");
        Assert.Equal("x", Text(await pipe.Input.ReadAsync().Within()));
    }

    [Fact]
    public async Task CancelPendingRead_HasTheNextReadSaySo_AndOnlyThat()
    {
        await SayAsync("abc");
        ReadResult result = await pipe.Input.ReadAtLeastAsync(3).Within();
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        pipe.Input.CancelPendingRead();
        result = await pipe.Input.ReadAsync().Within();
        Assert.Equal((true, false, "abc"), (result.IsCanceled, result.IsCompleted, Text(result)));
        pipe.Input.AdvanceTo(result.Buffer.Start);
        result = await pipe.Input.ReadAsync().Within();
        Assert.Equal((false, "abc"), (result.IsCanceled, Text(result)));
    }

    [Fact]
    public async Task CancelPendingFlush_HasTheNextFlushSaySo_AndOnlyThat()
    {
        pipe.Output.Write("abc"u8);
        pipe.Output.CancelPendingFlush();
        Assert.True((await pipe.Output.FlushAsync().Within()).IsCanceled);
        Assert.Equal(3, pipe.Output.UnflushedBytes);
        Assert.False((await pipe.Output.FlushAsync().Within()).IsCanceled);
        Assert.Equal("abc"u8.ToArray(), await ReceiveAsync(3).Within());
    }

    [Fact]
    public async Task CancelledToken_EndsAReadThatWaits_AndTheNextOneReads()
    {
        using CancellationTokenSource enough = new();
        Task<ReadResult> waiting = pipe.Input.ReadAsync(enough.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within());
        await SayAsync("x");
        Assert.Equal("x", Text(await pipe.Input.ReadAsync().Within()));
    }

    [Fact]
    public async Task CancelledToken_EndsAFlushThatWaits()
    {
        using CancellationTokenSource enough = new();
        Task<FlushResult> waiting = pipe.Output.WriteAsync(new byte[TooMuch], enough.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within());
    }

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    // Says where they differ, and not what megabytes there were.
    private static void AssertSame(byte[] expected, byte[] received)
    {
        Assert.Equal(expected.Length, received.Length);
        Assert.Equal(expected.Length, expected.AsSpan().CommonPrefixLength(received));
    }

    // From one byte to 1 MiB, small ones as often as large ones.
    private static int Piece(Random random) => random.Next(1, (1 << random.Next(21)) + 1);

    private static string Text(ReadResult result) => Encoding.ASCII.GetString(result.Buffer);

    private Task<int> SayAsync(string text) => peer.SendAsync(Encoding.ASCII.GetBytes(text)).Within();

    private async Task SendInPiecesAsync(byte[] bytes, Random random)
    {
        for (int at = 0; at < bytes.Length;)
        {
            at += await peer.SendAsync(bytes.AsMemory(at, Math.Min(Piece(random), bytes.Length - at)), SocketFlags.None);
        }

        peer.Shutdown(SocketShutdown.Send);
    }

    // What comes until there is so much of it, or the end.
    private async Task<byte[]> ReceiveAsync(int most)
    {
        byte[] bytes = new byte[most];
        int count = 0;
        int received;
        do
        {
            received = await peer.ReceiveAsync(bytes.AsMemory(count), SocketFlags.None);
            count += received;
        }
        while (received > 0 && count < most);
        return bytes[..count];
    }

    private Task<FlushResult> FlushUntilOneWaits(MemoryStream sent)
    {
        Random random = new(1);
        Task<FlushResult> flush;
        do
        {
            byte[] bytes = Bytes(random, 50_000);
            sent.Write(bytes);
            flush = pipe.Output.WriteAsync(bytes).AsTask();
        }
        while (flush.IsCompletedSuccessfully);
        return flush;
    }
}
