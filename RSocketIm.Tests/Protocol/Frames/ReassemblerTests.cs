using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class ReassemblerTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly CountingPool pool = new();
    private Reassembler reassembler;

    public ReassemblerTests() => reassembler = Create(new ReassemblyOptions());

    // Whatever a test does, every array goes back to the pool once.
    public void Dispose()
    {
        reassembler.Dispose();
        Assert.Equal(0, pool.Rented);
    }

    [Fact]
    public void New_IsEmptyAndHoldsNothing()
    {
        Assert.True(reassembler.IsEmpty);
        Assert.Equal((0, 0L, false), (reassembler.Count, reassembler.Bytes, reassembler.Contains(1)));
        Assert.Equal(0, reassembler.TakeExpired(new int[4]));
        reassembler.Discard(1);
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "67")]
    [Trait("Checklist", "E17")]
    [Trait("Checklist", "E21")]
    public void InterleavedStreams_OneDiscarded_LeavesTheOthersIntact()
    {
        foreach (int stream in new[] { 1, 3, 5 })
        {
            Assert.Equal(ReassemblyOutcome.Incomplete, Begin(stream, $"a{stream}"));
        }

        Assert.Equal((3, 6L), (reassembler.Count, reassembler.Bytes));
        reassembler.Discard(3);
        Assert.Equal((2, 4L, false), (reassembler.Count, reassembler.Bytes, reassembler.Contains(3)));

        foreach (int stream in new[] { 5, 1 })
        {
            Assert.Equal(ReassemblyOutcome.Whole, Append(stream, FrameFlags.Next, "z", out PartialPayload? whole));
            using (whole)
            {
                Assert.Equal($"a{stream}z", Text(whole!.Data));
                Assert.Equal(stream, whole.StreamId);
            }
        }
    }

    [Fact]
    [Trait("Checklist", "66")]
    public void Continuation_WithoutN_IsAccepted()
    {
        Begin(1, "a");

        Assert.Equal(ReassemblyOutcome.Incomplete, Append(1, FrameFlags.Follows, "b", out _));
        Assert.Equal(ReassemblyOutcome.Whole, Append(1, FrameFlags.None, "c", out PartialPayload? whole));

        using (whole)
        {
            Assert.Equal("abc", Text(whole!.Data));
            Assert.Equal((true, false), (whole.Next, whole.Complete));
        }
    }

    [Fact]
    [Trait("Checklist", "65")]
    [Trait("Checklist", "E20")]
    public void Continuation_WithFAndC_IsTheLast()
    {
        Begin(1, "a");

        Assert.Equal(ReassemblyOutcome.Whole, Append(1, FrameFlags.Follows | FrameFlags.Complete | FrameFlags.Next, "b", out PartialPayload? whole));

        using (whole)
        {
            Assert.True(whole!.Complete);
        }
    }

    [Fact]
    [Trait("Checklist", "66")]
    [Trait("Checklist", "E24")]
    public void RequestChannel_WithFAndC_IsPutTogetherAndCompletes()
    {
        ReassemblyOutcome outcome = BeginRequest(FrameType.RequestChannel, FrameFlags.Follows | FrameFlags.Complete, n: 9);
        Assert.Equal(ReassemblyOutcome.Incomplete, outcome);

        Assert.Equal(ReassemblyOutcome.Whole, Append(1, FrameFlags.Next, "b", out PartialPayload? whole));

        using (whole)
        {
            Assert.Equal((FrameType.RequestChannel, 9, true, true), (whole!.FirstType, whole.InitialRequestN, whole.Complete, whole.Next));
        }
    }

    [Fact]
    [Trait("Checklist", "9")]
    [Trait("Checklist", "E22")]
    public void Metadata_InLaterFragmentsBeforeData_AreJoined()
    {
        Begin(1, "");
        Assert.Equal(ReassemblyOutcome.Incomplete, Append(1, FrameFlags.Follows, "", out _, metadata: "me"));
        Assert.Equal(ReassemblyOutcome.Incomplete, Append(1, FrameFlags.Follows, "da", out _, metadata: "ta"));
        Assert.Equal(ReassemblyOutcome.Whole, Append(1, FrameFlags.None, "ta", out PartialPayload? whole));

        using (whole)
        {
            Assert.Equal(("meta", "data", true), (Text(whole!.Metadata), Text(whole.Data), whole.HasMetadata));
        }
    }

    [Fact]
    [Trait("Checklist", "64")]
    [Trait("Checklist", "E22")]
    public void Metadata_AfterData_AreRejectedAndDiscarded()
    {
        Begin(1, "data");

        Assert.Equal(ReassemblyOutcome.MetadataAfterData, Append(1, FrameFlags.Follows, "", out PartialPayload? whole, metadata: "late"));
        AssertDiscarded(whole);
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    public void Payload_PastMaxPayloadBytes_IsDiscarded()
    {
        reassembler = Create(new ReassemblyOptions { MaxPayloadBytes = 100 });
        Begin(1, new string('a', 60));
        Assert.Equal(ReassemblyOutcome.Incomplete, Append(1, FrameFlags.Follows, new string('b', 40), out _));

        Assert.Equal(ReassemblyOutcome.PayloadTooLarge, Append(1, FrameFlags.None, "c", out PartialPayload? whole));
        AssertDiscarded(whole);
        Assert.Equal(ReassemblyOutcome.PayloadTooLarge, Begin(3, new string('a', 101)));
        AssertDiscarded(null);
    }

    [Theory]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    [InlineData("", 64)]
    [InlineData("a", 66)]
    public void TinyFragments_WithoutEnd_AreDiscarded(string data, int accepted)
    {
        Begin(1, data);
        ReassemblyOutcome outcome = ReassemblyOutcome.Incomplete;
        int count = 1;
        while (outcome == ReassemblyOutcome.Incomplete)
        {
            outcome = Append(1, FrameFlags.Follows | FrameFlags.Next, data, out _);
            count += outcome == ReassemblyOutcome.Incomplete ? 1 : 0;
        }

        Assert.Equal((ReassemblyOutcome.TooManyFragments, accepted), (outcome, count));
        AssertDiscarded(null);
    }

    [Fact]
    [Trait("Checklist", "69")]
    public void MaxFragments_AllowsTheSmallestFramesPeersSend()
    {
        // 51: what a REQUEST_CHANNEL of 64 bytes with metadata has left.
        for (long bytes = 0; bytes < 10_000_000; bytes += 999)
        {
            Assert.True(ReassemblyOptions.GetMaxFragments(bytes) >= (bytes / 51) + 1);
        }
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    public void Partials_PastMaxPartials_AreRefusedAndTheOthersKept()
    {
        reassembler = Create(new ReassemblyOptions { MaxPartials = 2 });
        Begin(1, "a");
        Begin(3, "a");

        Assert.Equal(ReassemblyOutcome.TooManyPartials, Begin(5, "a"));
        Assert.Equal((2, false), (reassembler.Count, reassembler.Contains(5)));

        reassembler.Discard(1);
        Assert.Equal(ReassemblyOutcome.Incomplete, Begin(5, "a"));
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    public void Bytes_PastMaxPartialBytes_DiscardOnlyTheStreamThatBrokeIt()
    {
        reassembler = Create(new ReassemblyOptions { MaxPartialBytes = 100 });
        Begin(1, new string('a', 50));
        Begin(3, new string('a', 50));

        Assert.Equal(ReassemblyOutcome.ConnectionBytesExceeded, Append(3, FrameFlags.Follows, "b", out _));
        Assert.Equal((1, 50L, true), (reassembler.Count, reassembler.Bytes, reassembler.Contains(1)));
        Assert.Equal(ReassemblyOutcome.ConnectionBytesExceeded, Begin(5, new string('a', 51)));
    }

    [Fact]
    [Trait("Checklist", "68")]
    public void TakeExpired_AfterMaxAgeSinceTheLastFragment_DiscardsThoseOnly()
    {
        reassembler = Create(new ReassemblyOptions { MaxAge = TimeSpan.FromSeconds(10) });
        Begin(1, "a");
        Begin(3, "a");
        time.Advance(TimeSpan.FromSeconds(10));
        Append(3, FrameFlags.Follows, "b", out _);
        int[] expired = new int[4];

        Assert.Equal(0, reassembler.TakeExpired(expired));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, reassembler.TakeExpired(expired));
        Assert.Equal(1, expired[0]);
        Assert.Equal((1, 2L, true), (reassembler.Count, reassembler.Bytes, reassembler.Contains(3)));
    }

    [Fact]
    public void TakeExpired_OfMoreThanFit_GivesTheRestNextTime()
    {
        foreach (int stream in new[] { 1, 3, 5 })
        {
            Begin(stream, "a");
        }

        time.Advance(TimeSpan.FromSeconds(31));
        int[] expired = new int[2];

        Assert.Equal(2, reassembler.TakeExpired(expired));
        Assert.Equal(1, reassembler.TakeExpired(expired));
        Assert.True(reassembler.IsEmpty);
    }

    [Fact]
    [Trait("Checklist", "68")]
    public void Memory_GrowsWithWhatArrived_NotFasterThanTwiceAndASegment()
    {
        // Metadata of 16 MB are announced by nobody here: fragments carry what they carry.
        long arrived = 0;
        Begin(1, "");
        foreach (int length in Enumerable.Repeat(100, 50).Concat(Enumerable.Repeat(70_000, 10)).Concat(Enumerable.Repeat(3, 3)))
        {
            Assert.Equal(ReassemblyOutcome.Incomplete, Append(1, FrameFlags.Follows, new string('x', length), out _));
            arrived += length;
            Assert.InRange(pool.RentedBytes, arrived, (2 * arrived) + 256);
        }

        Assert.Equal(arrived, reassembler.Bytes);
    }

    [Fact]
    public void Whole_OutlivesTheReassemblerUntilDisposed()
    {
        Begin(1, "a");
        Append(1, FrameFlags.None, "b", out PartialPayload? whole);
        reassembler.Dispose();

        Assert.Equal("ab", Text(whole!.Data));
        whole.Dispose();
        whole.Dispose();
        Assert.Throws<ObjectDisposedException>(() => whole.Data);
        Assert.Throws<ObjectDisposedException>(() => whole.Metadata);
    }

    [Fact]
    public void Begin_OfAStreamInProgress_IsABug()
    {
        Begin(1, "a");
        Assert.Throws<InvalidOperationException>(() => Begin(1, "b"));
    }

    [Fact]
    public void Append_ToAnUnknownStream_IsABug() => Assert.Throws<InvalidOperationException>(() => Append(1, FrameFlags.None, "b", out _));

    private void AssertDiscarded(PartialPayload? whole)
    {
        Assert.Null(whole);
        Assert.True(reassembler.IsEmpty);
        Assert.Equal((0L, 0), (reassembler.Bytes, pool.Rented));
    }

    private Reassembler Create(ReassemblyOptions options) => new(options, time, pool);

    private ReassemblyOutcome Begin(int stream, string data) =>
        reassembler.Begin(PayloadFrame.Read(FrameReader.Read(Payload(stream, FrameFlags.Follows | FrameFlags.Next, data, null))));

    private ReassemblyOutcome BeginRequest(FrameType type, FrameFlags flags, int n)
    {
        ArrayBufferWriter<byte> output = new();
        RequestFrame.Write(output, type, 1, flags, n, hasMetadata: false, default, "a"u8);
        return reassembler.Begin(RequestFrame.Read(FrameReader.Read(new ReadOnlySequence<byte>(output.WrittenMemory))));
    }

    private ReassemblyOutcome Append(int stream, FrameFlags flags, string data, out PartialPayload? whole, string? metadata = null) =>
        reassembler.Append(PayloadFrame.Read(FrameReader.Read(Payload(stream, flags, data, metadata))), out whole);

    private static ReadOnlySequence<byte> Payload(int stream, FrameFlags flags, string data, string? metadata)
    {
        ArrayBufferWriter<byte> output = new();
        FrameFlags metadataFlag = metadata is null ? FrameFlags.None : FrameFlags.Metadata;
        PayloadFrame.Write(output, stream, flags | metadataFlag, System.Text.Encoding.UTF8.GetBytes(metadata ?? ""), System.Text.Encoding.UTF8.GetBytes(data));
        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }

    private static string Text(in ReadOnlySequence<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes.ToArray());

    private sealed class ManualTime : TimeProvider
    {
        private long now = 1_000;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Advance(TimeSpan by) => now += by.Ticks;
    }

    private sealed class CountingPool : ArrayPool<byte>
    {
        private readonly HashSet<byte[]> rented = [];

        public int Rented => rented.Count;

        public long RentedBytes => rented.Sum(array => (long)array.Length);

        public override byte[] Rent(int minimumLength)
        {
            byte[] array = new byte[minimumLength];
            rented.Add(array);
            return array;
        }

        public override void Return(byte[] array, bool clearArray = false) =>
            Assert.True(rented.Remove(array), "An array goes back once, and only to where it came from.");
    }
}
