using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class RequestNFrameTests
{
    [Theory]
    [Trait("Checklist", "48")]
    [Trait("Checklist", "E7")]
    [InlineData("000000012000" + "00000000", 0, false)]
    [InlineData("000000012000" + "80000001", int.MinValue + 1, false)]
    [InlineData("000000012000" + "00000001", 1, true)]
    [InlineData("000000012000" + "7fffffff", int.MaxValue, true)]
    public void Read_KeepsNAsItCame(string hex, int n, bool valid)
    {
        RequestNFrame frame = RequestNFrame.Read(FrameReader.Read(new ReadOnlySequence<byte>(Convert.FromHexString(hex))));

        Assert.Equal((1, n, valid), (frame.StreamId, frame.N, frame.IsValid));
    }

    [Theory]
    [Trait("Checklist", "42")]
    [InlineData(0)]
    [InlineData(-1)]
    public void Write_OfNoCredit_IsABug(int n) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RequestNFrame.Write(new ArrayBufferWriter<byte>(), 1, n));
}
