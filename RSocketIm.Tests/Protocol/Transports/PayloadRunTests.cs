using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>A run is, byte for byte, what its payloads are as frames one by one, whichever of them a stream takes and whatever its id is.</summary>
public sealed class PayloadRunTests
{
    // Around the lengths at which the header of a message grows: a frame has 6 bytes more than its data.
    private static readonly int[] Lengths = [65_530, 0, 119, 1, 120, 65_529, 0, 118, 3];

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, 118)]
    [InlineData(true, 119)]
    [InlineData(true, 120)]
    [InlineData(true, 65_529)]
    [InlineData(true, 65_530)]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(false, 119)]
    [InlineData(false, 65_530)]
    public async Task RunOfOne_IsWrittenAsTheFrameIs(bool webSocket, int length)
    {
        byte[][] data = Data(length);
        RunSlice slice = new(Run(data), 0, 1);

        AssertSame(
            await WrittenAsync(webSocket, transport => WriteSingly(transport, data, 5)),
            await WrittenAsync(webSocket, transport => transport.WriteRun(slice, 5)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EverySliceOfARun_IsWrittenAsItsFramesAre(bool webSocket)
    {
        byte[][] data = Data(Lengths);
        PayloadRun run = Run(data);
        for (int first = 0; first < data.Length; first++)
        {
            for (int count = 1; count <= data.Length - first; count++)
            {
                byte[][] some = data[first..(first + count)];
                RunSlice slice = new(run, first, count);
                AssertSame(
                    await WrittenAsync(webSocket, transport => WriteSingly(transport, some, 0x01020304)),
                    await WrittenAsync(webSocket, transport => transport.WriteRun(slice, 0x01020304)));
            }
        }
    }

    [Fact]
    public async Task Message_HasTheBytesOfTheSpecification()
    {
        RunSlice slice = new(Run([[0x78]]), 0, 1);

        Assert.Equal(
            [0x82, 7, 0x7F, 0xFF, 0xFF, 0xFF, 0x28, 0x20, 0x78],
            await WrittenAsync(webSocket: true, transport => transport.WriteRun(slice, 0x7FFFFFFF)));
    }

    [Fact]
    public async Task RunsAndFrames_FollowEachOther()
    {
        byte[][] data = Data(Lengths);
        PayloadRun run = Run(data);

        AssertSame(
            await WrittenAsync(webSocket: true, transport => WriteSingly(transport, data, 9)),
            await WrittenAsync(webSocket: true, transport =>
            {
                WriteSingly(transport, data[..2], 9);
                transport.WriteRun(new RunSlice(run, 2, 3), 9);
                WriteSingly(transport, data[5..6], 9);
                transport.WriteRun(new RunSlice(run, 6, data.Length - 6), 9);
            }));
    }

    [Fact]
    public void WriterWithNoMoreRoomThanAskedFor_GetsTheSame()
    {
        byte[][] data = Data(Lengths);
        PayloadRun run = Run(data);
        for (int first = 0; first < data.Length; first++)
        {
            for (int count = 1; count <= data.Length - first; count++)
            {
                ExactWriter output = new();
                run.WriteMessages(output, first, count, 7);
                AssertSame(Messages(data[first..(first + count)], 7), output.Written);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(200)]
    public void WriterWithSomeMoreRoomThanAskedFor_GetsTheSame(int more)
    {
        byte[][] data = Data(1, 2, 3, 4, 5, 6, 7, 118, 119, 120, 121, 0, 0, 0, 9);
        ExactWriter output = new(more);
        Run(data).WriteMessages(output, 0, data.Length, 7);

        AssertSame(Messages(data, 7), output.Written);
    }

    [Fact]
    public void StreamsThatShareARun_EachGetTheirOwnId_AlsoAtTheSameTime()
    {
        byte[][] data = Data(Lengths);
        PayloadRun run = Run(data);
        int[] ids = [1, 3, 0x7FFFFFFF, 0x01020304];

        Parallel.ForEach(ids, id =>
        {
            byte[] expected = Messages(data, id);
            for (int round = 0; round < 50; round++)
            {
                ArrayBufferWriter<byte> output = new();
                run.WriteMessages(output, 0, run.Count, id);
                AssertSame(expected, output.WrittenSpan);
            }
        });
    }

    [Fact]
    public void Run_HasItsOwnCopyOfTheData()
    {
        byte[][] data = Data(Lengths);
        byte[][] before = Data(Lengths);
        PayloadRun run = Run(data);
        foreach (byte[] one in data)
        {
            Array.Clear(one);
        }

        run.WriteMessages(new ExactWriter(), 0, run.Count, 0x7FFFFFFF);

        Assert.Equal(before.Length, run.Count);
        for (int i = 0; i < before.Length; i++)
        {
            AssertSame(before[i], run.Data(i));
        }
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(126, 3, 120, 7)]
    [InlineData(1_006, 1_000, 1)]
    [InlineData(106, 0, 0, 100)]
    public void LongestFrame_IsThatOfTheLongestPayload_WithItsHeader(int longest, params int[] lengths) =>
        Assert.Equal(longest, Run(Data(lengths)).LongestFrame);

    [Fact]
    public void Run_IsWithdrawnForGood()
    {
        PayloadRun run = Run(Data(1, 2));
        Assert.False(run.IsWithdrawn);
        run.Withdraw();
        run.Withdraw();
        Assert.True(run.IsWithdrawn);
    }

    [Fact]
    public void Create_OfNone_OrOfWhatNoFrameTakes_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => PayloadRun.Create([]));
        Assert.Throws<ArgumentException>(() => Run([[], new byte[Frame.MaxLength - Frame.HeaderLength + 1]]));
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(119, 127)]
    [InlineData(120, 130)]
    [InlineData(65_529, 65_539)]
    [InlineData(65_530, 65_546)]
    [InlineData(Frame.MaxLength - Frame.HeaderLength, Frame.MaxLength + 10)]
    public void MessageLength_CountsBothHeaders(int dataLength, int expected) => Assert.Equal(expected, PayloadRun.MessageLength(dataLength));

    [Fact]
    public void MessageLength_OfWhatNoFrameTakes_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PayloadRun.MessageLength(Frame.MaxLength - Frame.HeaderLength + 1));

    [Theory]
    [InlineData(5, 90, 5)]
    [InlineData(5, 89, 4)]
    [InlineData(5, 37, 2)]
    [InlineData(5, 36, 2)]
    [InlineData(5, 35, 1)]
    [InlineData(5, 18, 1)]
    [InlineData(5, 17, 1)] // a payload longer than all there is room for goes alone
    [InlineData(5, 0, 1)]
    [InlineData(1, 1_000, 1)]
    [InlineData(3, 1_000, 3)]
    [InlineData(3, 36, 2)]
    [InlineData(5, 1_000, 5)]
    [InlineData(long.MaxValue, 1_000, 5)]
    [InlineData(long.MaxValue, 36, 2)]
    public void Within_TakesNoMorePayloadsAndNoMoreBytes_ButOne(long payloads, int bytes, int expected)
    {
        // Each is 18 bytes: 10 of data and the two headers. The same wherever in the run a slice begins.
        PayloadRun run = Run(Data([.. Enumerable.Repeat(10, 12)]));

        Assert.Equal(new RunSlice(run, 0, expected), new RunSlice(run, 0, 5).Within(payloads, bytes));
        Assert.Equal(new RunSlice(run, 4, expected), new RunSlice(run, 4, 5).Within(payloads, bytes));
        Assert.Equal(new RunSlice(run, 7, expected), new RunSlice(run, 7, 5).Within(payloads, bytes));
    }

    [Fact]
    public void Within_CountsTheBytesOfItsOwnPayloads()
    {
        PayloadRun run = Run(Data(1_000, 1, 1, 1_000));

        Assert.Equal(1, new RunSlice(run, 0, 4).Within(4, 10).Count);
        Assert.Equal(2, new RunSlice(run, 1, 3).Within(4, 18).Count);
        Assert.Equal(1, new RunSlice(run, 1, 3).Within(4, 17).Count);
        Assert.Equal(3, new RunSlice(run, 1, 3).Within(4, 18 + PayloadRun.MessageLength(1_000)).Count);
    }

    // Bytes that say where they belong, so that none can stand for another.
    private static byte[][] Data(params int[] lengths) =>
        [.. lengths.Select((length, payload) => Enumerable.Range(0, length).Select(i => (byte)((i * 7) + (i >> 8) + (payload * 31) + 1)).ToArray())];

    private static PayloadRun Run(byte[][] data) => PayloadRun.Create([.. data.Select(one => (ReadOnlyMemory<byte>)one)]);

    private static void WriteSingly(FrameTransport transport, byte[][] data, int streamId)
    {
        foreach (byte[] one in data)
        {
            PayloadFrame.Write(transport.StartFrame(Frame.HeaderLength + one.Length), streamId, FrameFlags.Next, default, one);
        }
    }

    // By hand, from RFC 6455, section 5.2, and Protocol.md.
    private static byte[] Messages(byte[][] data, int streamId)
    {
        byte[] id = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(id, streamId);
        List<byte> messages = [];
        foreach (byte[] one in data)
        {
            int length = 6 + one.Length;
            byte[] header = length switch
            {
                <= 125 => [0x82, (byte)length],
                <= 65_535 => [0x82, 126, (byte)(length >> 8), (byte)length],
                _ => [0x82, 127, 0, 0, 0, 0, 0, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
            };
            messages.AddRange([.. header, .. id, 0x28, 0x20, .. one]);
        }

        return [.. messages];
    }

    private static async Task<byte[]> WrittenAsync(bool webSocket, Action<FrameTransport> write)
    {
        (IDuplexPipe near, IDuplexPipe far) = DuplexPipes.Create(1 << 24);
        await using FrameTransport transport = webSocket ? new WebSocketServerTransport(far, null, far.Input.CancelPendingRead) : new PipeTransport(far, "tcp");
        write(transport);
        await transport.FlushAsync(CancellationToken.None).Within();
        await far.Output.CompleteAsync();
        ReadResult read = await near.Input.ReadAtLeastAsync(int.MaxValue).Within();
        return read.Buffer.ToArray();
    }

    private static void AssertSame(byte[] expected, byte[] actual) => AssertSame((ReadOnlySpan<byte>)expected, (ReadOnlySpan<byte>)actual);

    // Not Assert.Equal, which would print a hundred thousand bytes.
    private static void AssertSame(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int common = expected.CommonPrefixLength(actual);
        Assert.True(
            expected.Length == actual.Length && common == actual.Length,
            $"{expected.Length} bytes were expected and {actual.Length} came; the first that differs is byte {common}.");
    }

    /// <summary>Gives as much room as it is asked for, and maybe some more, and notices who uses what was not given.</summary>
    private sealed class ExactWriter(int more = 0) : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> written = new();
        private byte[] room = [];

        public ReadOnlySpan<byte> Written => written.WrittenSpan;

        public void Advance(int count)
        {
            written.Write(room.AsSpan(0, count));
            room = [];
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => room = new byte[Math.Max(1, sizeHint) + more];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
