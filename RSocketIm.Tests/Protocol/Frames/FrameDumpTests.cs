using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class FrameDumpTests
{
    [Theory]
    [InlineData("setup with all flags", "stream 0 SETUP MRL version=1.0 keepalive=2147483647 lifetime=2147483647 token=5 metadata=4 data=4")]
    [InlineData("lease", "stream 0 LEASE - ttl=10000 requests=100")]
    [InlineData("keepalive that asks for an answer", "stream 0 KEEPALIVE R position=4096 data=0")]
    [InlineData("request-response with data", "stream 3 REQUEST_RESPONSE - data=5")]
    [InlineData("request-channel with all flags", "stream 13 REQUEST_CHANNEL MFC n=5 metadata=1 data=1")]
    [InlineData("request-n of 1", "stream 1 REQUEST_N - n=1")]
    [InlineData("cancel", "stream 1 CANCEL -")]
    [InlineData("payload with all flags", "stream 2147483647 PAYLOAD MFCN metadata=1 data=1")]
    [InlineData("error, invalid", "stream 3 ERROR - code=Invalid data=5")]
    [InlineData("error, smallest code of the application", "stream 5 ERROR - code=0x301 data=1")]
    [InlineData("metadata-push", "stream 0 METADATA_PUSH M metadata=4")]
    [InlineData("resume", "stream 0 RESUME - version=1.0 token=5 received=1234 available=567")]
    [InlineData("resume-ok", "stream 0 RESUME_OK - received=0")]
    [InlineData("extension that may be ignored, with metadata", "stream 9 EXT IM extended=2147483647 rest=7")]
    public void Describe_OfAVector_GivesNumbersAndLengths(string name, string expected) =>
        Assert.Equal(expected, Describe(FrameVectors.Bytes(FrameVectors.Get(name))));

    [Fact]
    public void Describe_OfAMalformedFrame_SaysWhy() => Assert.Equal(
        "stream 1 PAYLOAD MN body=3 malformed: PAYLOAD: metadata takes 16777215 bytes, but 0 are left in the frame.",
        Describe(FrameVectors.Bytes(FrameVectors.GetMalformed("payload that announces 16 MB of metadata"))));

    [Fact]
    public void Describe_OfAnUnknownTypeAndFlags_ShowsTheBits() =>
        Assert.Equal("stream 1 type 0x20 I+0x0FF body=1", Describe([0, 0, 0, 1, 0x82, 0xFF, 7]));

    [Fact]
    public void Describe_NeverShowsPayload()
    {
        string all = string.Concat(FrameVectors.AllBytes.Select(Describe));

        foreach (string secret in new[] { "hello", "bye", "part", "token-", "application/", "Küche" })
        {
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        }
    }

    private static string Describe(byte[] bytes) => FrameDump.Describe(FrameReader.Read(new ReadOnlySequence<byte>(bytes)));
}
