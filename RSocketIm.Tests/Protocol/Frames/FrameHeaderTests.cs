using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class FrameHeaderTests
{
    [Fact]
    [Trait("Checklist", "1")]
    [Trait("Checklist", "4")]
    public void Write_OfTheLargestValues_FillsSixBytes()
    {
        byte[] bytes = new byte[7];

        FrameHeader.Write(bytes, int.MaxValue, FrameType.Extension, (FrameFlags)0x3FF);

        Assert.Equal("7fffffffffff00", Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void Write_IntoFiveBytes_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameHeader.Write(new byte[5], 1, FrameType.Cancel, FrameFlags.None));

    [Theory]
    [Trait("Checklist", "3")]
    [InlineData(5)]
    [InlineData(16_777_216)]
    public void WriteLengthPrefix_OutOfRange_Throws(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameHeader.WriteLengthPrefix(new byte[3], length));
}
