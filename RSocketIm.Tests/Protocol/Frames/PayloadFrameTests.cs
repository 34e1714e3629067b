using System.Buffers;
using System.IO.Pipelines;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class PayloadFrameTests
{
    [Theory]
    [Trait("Checklist", "65")]
    [Trait("Checklist", "E20")]
    [InlineData("000000012880", true)]
    [InlineData("0000000128c0", false)]
    [InlineData("0000000128e0", false)]
    [InlineData("000000012820", false)]
    public void Follows_BesideC_IsIgnored(string hex, bool follows) =>
        Assert.Equal(follows, PayloadFrame.Read(FrameReader.Read(new ReadOnlySequence<byte>(Convert.FromHexString(hex)))).Follows);

    [Fact]
    [Trait("Checklist", "5")]
    public void Write_WithEveryFlag_SendsOnlyThoseOfPayload()
    {
        ArrayBufferWriter<byte> output = new();
        PayloadFrame.Write(output, 1, (FrameFlags)0x3FF, default, default);

        Assert.Equal(
            FrameFlags.Metadata | FrameFlags.Follows | FrameFlags.Complete | FrameFlags.Next,
            FrameReader.Read(new ReadOnlySequence<byte>(output.WrittenMemory)).Flags);
    }

    [Fact]
    public void Write_OfMetadataWithoutTheFlag_IsABug()
    {
        ArrayBufferWriter<byte> output = new();

        Assert.Throws<ArgumentException>(() => PayloadFrame.Write(output, 1, FrameFlags.Next, "m"u8, "d"u8));
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(1016)]
    [InlineData(200_000)]
    public async Task Write_IntoAPipe_SplitsLargeDataOverItsBlocks(int dataLength)
    {
        byte[] data = new byte[dataLength];
        new Random(1).NextBytes(data);
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));

        PayloadFrame.Write(pipe.Writer, 1, FrameFlags.Metadata | FrameFlags.Next, "meta"u8, data);
        await pipe.Writer.CompleteAsync();

        ReadResult result = await pipe.Reader.ReadAtLeastAsync(int.MaxValue);
        AssertReads(result.Buffer, data);
        Assert.Equal(dataLength < 5000, result.Buffer.IsSingleSegment);
    }

    private static void AssertReads(ReadOnlySequence<byte> buffer, byte[] data)
    {
        Assert.Equal(PayloadFrame.GetLength(hasMetadata: true, 4, data.Length), buffer.Length);
        PayloadFrame payload = PayloadFrame.Read(FrameReader.Read(buffer));
        Assert.Equal("meta"u8.ToArray(), payload.Metadata.ToArray());
        Assert.Equal(data, payload.Data.ToArray());
    }
}
