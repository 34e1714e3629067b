using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class SetupFrameTests
{
    [Theory]
    [Trait("Checklist", "14")]
    [InlineData("")]
    [InlineData("application/jsün")]
    [InlineData("a\0b")]
    public void Write_OfAMimeTypeThatIsNotOne_IsABug(string mimeType)
    {
        Assert.Throws<ArgumentException>(() => Write(mimeType, "a"));
        Assert.Throws<ArgumentException>(() => Write("a", mimeType));
    }

    [Fact]
    [Trait("Checklist", "14")]
    public void Write_OfAMimeTypeOf256Characters_IsABug() => Assert.Throws<ArgumentException>(() => Write(new string('a', 256), "a"));

    [Fact]
    [Trait("Checklist", "70")]
    public void Write_OfATokenOrMetadataThatDoNotFit_IsABug()
    {
        Assert.Throws<ArgumentException>(() => Write("a", "a", new byte[65_536], hasToken: true));
        Assert.Throws<ArgumentException>(() => Write("a", "a", new byte[1], hasToken: false));
        Assert.Throws<ArgumentException>(() => Write("a", "a", metadata: new byte[1]));
        Write("a", "a", new byte[65_535], hasToken: true);
    }

    private static void Write(string metadataMimeType, string dataMimeType, byte[]? token = null, bool hasToken = false, byte[]? metadata = null) =>
        SetupFrame.Write(new ArrayBufferWriter<byte>(), new SetupFrame
        {
            MetadataMimeType = metadataMimeType,
            DataMimeType = dataMimeType,
            HasResumeToken = hasToken,
            ResumeToken = new ReadOnlySequence<byte>(token ?? []),
            Metadata = new ReadOnlySequence<byte>(metadata ?? []),
        });
}
