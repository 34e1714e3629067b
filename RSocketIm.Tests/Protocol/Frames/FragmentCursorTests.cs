using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class FragmentCursorTests
{
    [Theory]
    [InlineData(FrameType.Payload)]
    [InlineData(FrameType.RequestResponse)]
    [InlineData(FrameType.RequestFireAndForget)]
    [InlineData(FrameType.RequestStream)]
    [InlineData(FrameType.RequestChannel)]
    public void PayloadThatFits_GoesOutAsOneFrame(FrameType type)
    {
        byte[] data = Bytes(20, 1);
        byte[] metadata = Bytes(10, 2);

        List<byte[]> frames = Cut(type, data, metadata, FrameFlags.Next | FrameFlags.Complete, 64);

        ArrayBufferWriter<byte> expected = new();
        if (type == FrameType.Payload)
        {
            PayloadFrame.Write(expected, 7, FrameFlags.Metadata | FrameFlags.Next | FrameFlags.Complete, metadata, data);
        }
        else
        {
            RequestFrame.Write(expected, type, 7, FrameFlags.Complete, 3, hasMetadata: true, metadata, data);
        }

        Assert.Equal(expected.WrittenSpan.ToArray(), Assert.Single(frames));
    }

    [Theory]
    [InlineData(58, 1)]
    [InlineData(59, 2)]
    public void Payload_AtAndPastTheMaximum_TakesOneFrameAndTwo(int dataLength, int expected) =>
        Assert.Equal(expected, Cut(FrameType.Payload, Bytes(dataLength, 1), null, FrameFlags.Next, 64).Count);

    [Fact]
    public void CompletionWithoutElement_IsOneFrameWithCOnly()
    {
        byte[] bytes = Assert.Single(Cut(FrameType.Payload, [], null, FrameFlags.Complete, 64));

        Assert.Equal(FrameFlags.Complete, FrameReader.Read(new ReadOnlySequence<byte>(bytes)).Flags);
    }

    [Fact]
    public void EmptyMetadata_TravelWithTheFirstFragmentOnly()
    {
        List<byte[]> frames = Cut(FrameType.Payload, Bytes(100, 1), [], FrameFlags.Next, 64);

        Assert.Equal([true, false], frames.Select(bytes => FrameReader.Read(new ReadOnlySequence<byte>(bytes)).Has(FrameFlags.Metadata)));
    }

    [Fact]
    [Trait("Checklist", "69")]
    public void MetadataOnly_ThatFillsFragmentsExactly_EndsWithoutFAndWithoutAnEmptyFragment()
    {
        // 64 - 6 - 3 = 55 bytes of metadata per fragment.
        List<byte[]> frames = Cut(FrameType.Payload, [], Bytes(110, 2), FrameFlags.Next, 64);

        Assert.Equal([64, 64], frames.Select(frame => frame.Length));
        Assert.Equal(FrameFlags.Metadata | FrameFlags.Next, FrameReader.Read(new ReadOnlySequence<byte>(frames[1])).Flags);
    }

    [Fact]
    [Trait("Checklist", "66")]
    public void RequestChannelThatCompletes_HasCOnTheLastFragmentOnly()
    {
        List<byte[]> frames = Cut(FrameType.RequestChannel, Bytes(120, 1), null, FrameFlags.Complete, 64);

        Assert.Equal(
            [FrameFlags.Follows, FrameFlags.Follows | FrameFlags.Next, FrameFlags.Next | FrameFlags.Complete],
            frames.Select(bytes => FrameReader.Read(new ReadOnlySequence<byte>(bytes)).Flags));
    }

    [Fact]
    public void RequestResponse_NeverHasC() => Assert.All(
        Cut(FrameType.RequestResponse, Bytes(120, 1), null, FrameFlags.Complete, 64),
        bytes => Assert.False(FrameReader.Read(new ReadOnlySequence<byte>(bytes)).Has(FrameFlags.Complete)));

    [Theory]
    [InlineData(63)]
    [InlineData(16_777_216)]
    public void MaxFrameLength_OutOfRange_Throws(int maxFrameLength)
    {
        FragmentCursor cursor = default;
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.NextLength(FrameType.Payload, maxFrameLength));
    }

    [Fact]
    public void WriteNext_AfterTheLast_Throws()
    {
        FragmentCursor cursor = default;
        cursor.WriteNext(new ArrayBufferWriter<byte>(), 1, FrameType.Payload, 0, FrameFlags.Next, 64);

        Assert.True(cursor.IsDone);
        Assert.Throws<InvalidOperationException>(() => cursor.WriteNext(new ArrayBufferWriter<byte>(), 1, FrameType.Payload, 0, FrameFlags.Next, 64));
    }

    [Fact]
    public void IsBetweenFragments_IsTrueFromTheFirstToTheLast()
    {
        FragmentCursor cursor = new(Bytes(100, 1), default, hasMetadata: false);
        ArrayBufferWriter<byte> output = new();

        Assert.False(cursor.IsBetweenFragments);
        cursor.WriteNext(output, 1, FrameType.Payload, 0, FrameFlags.Next, 64);
        Assert.True(cursor.IsBetweenFragments);
        cursor.WriteNext(output, 1, FrameType.Payload, 0, FrameFlags.Next, 64);
        Assert.False(cursor.IsBetweenFragments);
    }

    [Fact]
    public void MaxFrameLength_ThatChangesBetweenFragments_LosesNothing()
    {
        byte[] data = Bytes(1000, 1);
        FragmentCursor cursor = new(data, default, hasMetadata: false);
        ArrayBufferWriter<byte> output = new();
        List<byte> joined = [];

        for (int max = 64; !cursor.IsDone; max += 31)
        {
            output.Clear();
            cursor.WriteNext(output, 1, FrameType.Payload, 0, FrameFlags.Next, max);
            joined.AddRange(output.WrittenSpan[Frame.HeaderLength..]);
        }

        Assert.Equal(data, joined);
    }

    [Fact]
    [Trait("Checklist", "63")]
    [Trait("Checklist", "64")]
    [Trait("Checklist", "65")]
    [Trait("Checklist", "66")]
    [Trait("Checklist", "69")]
    [Trait("Checklist", "E24")]
    public void AnyPayload_CutAndPutTogether_KeepsEveryRuleAndEveryByte() =>
        Prop.ForAll(Cases().ToArbitrary(), KeepsEveryRule).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static Gen<Case> Cases() =>
        from type in Gen.Elements(FrameType.Payload, FrameType.RequestResponse, FrameType.RequestFireAndForget, FrameType.RequestStream, FrameType.RequestChannel)
        from metadataLength in Gen.OneOf(Gen.Constant(-1), Gen.Choose(0, 3), Gen.Choose(0, 2000))
        from dataLength in Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(0, 5000))
        from max in Gen.OneOf(Gen.Choose(64, 70), Gen.Choose(64, 3000))
        from complete in Gen.Elements(true, false)
        select new Case(type, metadataLength, dataLength, max, complete);

    private static void KeepsEveryRule(Case sample)
    {
        byte[]? metadata = sample.MetadataLength < 0 ? null : Bytes(sample.MetadataLength, 2);
        byte[] data = Bytes(sample.DataLength, 1);
        FrameFlags finalFlags = FrameFlags.Next | (sample.Complete ? FrameFlags.Complete : FrameFlags.None);
        bool canComplete = sample.Type is FrameType.Payload or FrameType.RequestChannel;

        List<byte[]> frames = Cut(sample.Type, data, metadata, finalFlags, sample.MaxFrameLength);

        bool dataBegan = false;
        for (int i = 0; i < frames.Count; i++)
        {
            bool last = i == frames.Count - 1;
            Frame frame = FrameReader.Read(new ReadOnlySequence<byte>(frames[i]));
            Assert.Equal(i == 0 ? sample.Type : FrameType.Payload, frame.Type);
            Assert.Equal(!last, frame.Has(FrameFlags.Follows));
            Assert.Equal(last && sample.Complete && canComplete, frame.Has(FrameFlags.Complete));
            Assert.Equal(frame.Type == FrameType.Payload, frame.Has(FrameFlags.Next));
            Assert.InRange(frames[i].Length, last ? Frame.HeaderLength : 64, sample.MaxFrameLength);
            Assert.True(i == 0 || frame.Body.Length > 0, "A fragment after the first is never empty.");
            Assert.False(dataBegan && frame.Has(FrameFlags.Metadata), "Metadata come before data.");
            dataBegan |= (frame.Type == FrameType.Payload ? PayloadFrame.Read(frame).Data : RequestFrame.Read(frame).Data).Length > 0;
        }

        if (frames.Count > 1)
        {
            using PartialPayload whole = PutTogether(frames);
            Assert.Equal(sample.Type, whole.FirstType);
            Assert.Equal(sample.Type is FrameType.RequestStream or FrameType.RequestChannel ? 3 : 0, whole.InitialRequestN);
            Assert.Equal((true, sample.Complete && canComplete), (whole.Next, whole.Complete));
            Assert.Equal(metadata is not null, whole.HasMetadata);
            Assert.Equal(metadata ?? [], whole.Metadata.ToArray());
            Assert.Equal(data, whole.Data.ToArray());
        }
    }

    private static PartialPayload PutTogether(List<byte[]> frames)
    {
        using Reassembler reassembler = new(ReassemblyOptions.Default, TimeProvider.System);
        Frame first = FrameReader.Read(Segments.ByteByByte(frames[0]));
        ReassemblyOutcome outcome = first.Type == FrameType.Payload
            ? reassembler.Begin(PayloadFrame.Read(first))
            : reassembler.Begin(RequestFrame.Read(first));
        PartialPayload? whole = null;
        foreach (byte[] bytes in frames.Skip(1))
        {
            Assert.Equal(ReassemblyOutcome.Incomplete, outcome);
            outcome = reassembler.Append(PayloadFrame.Read(FrameReader.Read(Segments.ByteByByte(bytes))), out whole);
        }

        Assert.Equal(ReassemblyOutcome.Whole, outcome);
        Assert.True(reassembler.IsEmpty);
        Assert.Equal(0, reassembler.Bytes);
        return whole!;
    }

    private static List<byte[]> Cut(FrameType type, byte[] data, byte[]? metadata, FrameFlags finalFlags, int maxFrameLength)
    {
        FragmentCursor cursor = new(data, metadata, metadata is not null);
        List<byte[]> frames = [];
        while (!cursor.IsDone)
        {
            ArrayBufferWriter<byte> output = new();
            int announced = cursor.NextLength(type, maxFrameLength);
            cursor.WriteNext(output, 7, type, 3, finalFlags, maxFrameLength);
            Assert.Equal(announced, output.WrittenCount);
            frames.Add(output.WrittenSpan.ToArray());
        }

        return frames;
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new System.Random(seed).NextBytes(bytes);
        return bytes;
    }

    private sealed record Case(FrameType Type, int MetadataLength, int DataLength, int MaxFrameLength, bool Complete);
}
