using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class RequestFrameTests
{
    [Theory]
    [Trait("Checklist", "48")]
    [Trait("Checklist", "E7")]
    [InlineData("000000011800" + "00000000", 0)]
    [InlineData("000000011c00" + "ffffffff", -1)]
    public void Read_KeepsTheInitialNAsItCame(string hex, int n) => Assert.Equal(n, Read(hex).InitialRequestN);

    [Theory]
    [Trait("Checklist", "5")]
    [InlineData("000000011060" + "61")]
    [InlineData("000000011460" + "61")]
    [InlineData("000000011860" + "00000001" + "61")]
    public void Read_OfFlagsTheTypeDoesNotDefine_IgnoresThem(string hex)
    {
        RequestFrame request = Read(hex);

        Assert.Equal((false, false, false), (request.Complete, request.Follows, request.HasMetadata));
        Assert.Equal("a"u8.ToArray(), request.Data.ToArray());
    }

    [Theory]
    [Trait("Checklist", "5")]
    [InlineData(FrameType.RequestResponse, FrameFlags.Follows)]
    [InlineData(FrameType.RequestFireAndForget, FrameFlags.Follows)]
    [InlineData(FrameType.RequestStream, FrameFlags.Follows)]
    [InlineData(FrameType.RequestChannel, FrameFlags.Follows | FrameFlags.Complete)]
    public void Write_WithEveryFlag_SendsOnlyThoseOfTheType(FrameType type, FrameFlags expected)
    {
        ArrayBufferWriter<byte> output = new();
        RequestFrame.Write(output, type, 1, (FrameFlags)0x3FF, 1, hasMetadata: false, default, default);

        Assert.Equal(expected, FrameReader.Read(new ReadOnlySequence<byte>(output.WrittenMemory)).Flags);
    }

    [Fact]
    public void Write_OfWhatCannotBe_IsABug()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(FrameType.Payload, 1, false, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(FrameType.RequestStream, 0, false, []));
        Assert.Throws<ArgumentException>(() => Write(FrameType.RequestStream, 1, false, [1]));
        Assert.Throws<ArgumentException>(() => Write(FrameType.RequestStream, 1, true, new byte[Frame.MaxLength - 12]));
        Write(FrameType.RequestStream, 1, true, new byte[Frame.MaxLength - 13]);
    }

    private static void Write(FrameType type, int n, bool hasMetadata, byte[] metadata) =>
        RequestFrame.Write(new ArrayBufferWriter<byte>(), type, 1, FrameFlags.None, n, hasMetadata, metadata, default);

    private static RequestFrame Read(string hex) => RequestFrame.Read(FrameReader.Read(new ReadOnlySequence<byte>(Convert.FromHexString(hex))));
}
