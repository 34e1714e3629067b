using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class FrameReaderTests
{
    [Theory]
    [Trait("Checklist", "3")]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void Read_OfFewerBytesThanAHeader_SaysWhatCame(int length)
    {
        ProtocolViolationException thrown = Assert.Throws<ProtocolViolationException>(() => Read(new byte[length]));

        Assert.Equal($"Frame length {length} is outside 6..16777215 bytes.", thrown.Message);
        Assert.Equal(ErrorCode.ConnectionError, thrown.Code);

        static void Read(byte[] bytes) => FrameReader.Read(new ReadOnlySequence<byte>(bytes));
    }

    [Fact]
    [Trait("Checklist", "3")]
    public void Read_OfOneByteMoreThanTheMaximum_IsRefused()
    {
        byte[] bytes = new byte[Frame.MaxLength + 1];
        Assert.Throws<ProtocolViolationException>(() => { FrameReader.Read(new ReadOnlySequence<byte>(bytes)); });
        Assert.Equal(Frame.MaxLength - 6, FrameReader.Read(new ReadOnlySequence<byte>(bytes, 0, Frame.MaxLength)).Body.Length);
    }

    [Fact]
    [Trait("Checklist", "4")]
    public void Read_OfAStreamIdWithTheReservedBit_MasksIt()
    {
        Frame frame = FrameReader.Read(new ReadOnlySequence<byte>([0x80, 0, 0, 5, 0x24, 0]));

        Assert.Equal(5, frame.StreamId);
        Assert.Equal(FrameType.Cancel, frame.Type);
    }

    [Fact]
    [Trait("Checklist", "6")]
    public void Read_OfAnUnknownType_KeepsTypeAndIgnoreFlag()
    {
        Frame frame = FrameReader.Read(new ReadOnlySequence<byte>([0, 0, 0, 1, 0x82, 0x1F, 7]));

        Assert.Equal((FrameType)0x20, frame.Type);
        Assert.Equal(FrameFlags.Ignore | (FrameFlags)0x1F, frame.Flags);
        Assert.Equal(1, frame.Body.Length);
    }

    [Fact]
    [Trait("Checklist", "2")]
    [Trait("Checklist", "90")]
    [Trait("Checklist", "E37")]
    public void TryReadLengthPrefixed_OfAllVectorsCutAnywhere_GivesTheSameFrames()
    {
        byte[][] frames = [.. FrameVectors.AllBytes];
        byte[] stream = [.. frames.SelectMany(Prefixed)];

        foreach (ReadOnlySequence<byte> cut in Segments.EveryCut(stream))
        {
            ReadOnlySequence<byte> buffer = cut;
            foreach (byte[] expected in frames)
            {
                Assert.True(FrameReader.TryReadLengthPrefixed(ref buffer, Frame.MaxLength, out ReadOnlySequence<byte> frame));
                Assert.True(frame.ToArray().AsSpan().SequenceEqual(expected));
            }

            Assert.True(buffer.IsEmpty);
            Assert.False(FrameReader.TryReadLengthPrefixed(ref buffer, Frame.MaxLength, out _));
        }
    }

    [Fact]
    [Trait("Checklist", "90")]
    public void TryReadLengthPrefixed_OfAPartialFrame_LeavesTheBufferAlone()
    {
        byte[] bytes = Prefixed([0, 0, 0, 1, 0x24, 0]);

        for (int length = 0; length < bytes.Length; length++)
        {
            ReadOnlySequence<byte> buffer = Segments.ByteByByte(bytes[..length]);
            Assert.False(FrameReader.TryReadLengthPrefixed(ref buffer, Frame.MaxLength, out ReadOnlySequence<byte> frame));
            Assert.True(frame.IsEmpty);
            Assert.Equal(length, buffer.Length);
        }
    }

    [Theory]
    [Trait("Checklist", "3")]
    [Trait("Checklist", "E37")]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(1001)]
    [InlineData(0xFFFFFF)]
    public void TryReadLengthPrefixed_OfALengthOutOfRange_ThrowsBeforeTheFrameIsThere(int length)
    {
        byte[] prefix = new byte[3];
        BinaryPrimitives.WriteUInt24BigEndian(prefix, length);

        foreach (ReadOnlySequence<byte> cut in Segments.EveryCut(prefix))
        {
            ReadOnlySequence<byte> buffer = cut;
            ProtocolViolationException thrown =
                Assert.Throws<ProtocolViolationException>(() => FrameReader.TryReadLengthPrefixed(ref buffer, 1000, out _));
            Assert.Equal($"Frame length {length} is outside 6..1000 bytes.", thrown.Message);
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(1000)]
    public void TryReadLengthPrefixed_OfTheShortestAndLongestAllowed_Waits(int length)
    {
        byte[] prefix = new byte[3];
        BinaryPrimitives.WriteUInt24BigEndian(prefix, length);
        ReadOnlySequence<byte> buffer = new(prefix);

        Assert.False(FrameReader.TryReadLengthPrefixed(ref buffer, 1000, out _));
    }

    private static byte[] Prefixed(byte[] frame)
    {
        byte[] bytes = new byte[FrameHeader.LengthPrefixLength + frame.Length];
        FrameHeader.WriteLengthPrefix(bytes, frame.Length);
        frame.CopyTo(bytes, FrameHeader.LengthPrefixLength);
        return bytes;
    }
}
