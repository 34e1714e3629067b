using System.Buffers;
using System.Text;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class ErrorFrameTests
{
    [Theory]
    [Trait("Checklist", "61")]
    [InlineData("a\0b\0", "ab")]
    [InlineData("\0", "")]
    public void Write_OfTextWithNul_LeavesItOut(string message, string expected) => Assert.Equal(expected, RoundTrip(message));

    // Not a theory: a lone surrogate does not survive in an attribute, which is UTF-8.
    [Fact]
    [Trait("Checklist", "61")]
    public void Write_OfALoneSurrogate_ReplacesIt() => Assert.Equal("lone \uFFFD surrogate", RoundTrip("lone \uD83D surrogate"));

    [Theory]
    [InlineData(4095, "x", 4096)]
    [InlineData(4096, "x", 4096)]
    [InlineData(4095, "ü", 4095)]
    [InlineData(4094, "€", 4094)]
    [InlineData(4093, "🚪", 4093)]
    [InlineData(4092, "🚪", 4096)]
    public void Write_OfLongText_CutsBetweenCharacters(int ascii, string last, int expectedBytes)
    {
        string message = new string('a', ascii) + last;

        string read = RoundTrip(message);

        Assert.Equal(expectedBytes, Encoding.UTF8.GetByteCount(read));
        Assert.StartsWith(read, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4094, "€", 4094)]
    [InlineData(4093, "🚪", 4093)]
    [InlineData(4092, "🚪", 4096)]
    public void Message_OfLongData_IsCutBetweenCharacters(int ascii, string next, int expectedBytes)
    {
        byte[] data = Encoding.UTF8.GetBytes(new string('a', ascii) + next + new string('b', 5000));

        foreach (ReadOnlySequence<byte> body in new[] { new ReadOnlySequence<byte>(data), Segments.ByteByByte(data) })
        {
            string message = Read(body);
            Assert.Equal(expectedBytes, Encoding.UTF8.GetByteCount(message));
            Assert.DoesNotContain('\uFFFD', message);
        }
    }

    [Fact]
    public void Message_OfDataThatIsNotUtf8_ShowsReplacements() => Assert.Equal("\uFFFD\uFFFDok", Read(new ReadOnlySequence<byte>([0xFF, 0x80, .. "ok"u8])));

    [Fact]
    public void Message_OfLongDataThatIsNothingButContinuationBytes_IsBounded()
    {
        byte[] data = new byte[9000];
        Array.Fill(data, (byte)0x80);

        Assert.InRange(Read(new ReadOnlySequence<byte>(data)).Length, 1, 4096);
    }

    private static string RoundTrip(string message)
    {
        ArrayBufferWriter<byte> output = new();
        ErrorFrame.Write(output, 1, ErrorCode.ApplicationError, message);
        Assert.Equal(ErrorFrame.GetLength(message), output.WrittenCount);
        return ErrorFrame.Read(FrameReader.Read(new ReadOnlySequence<byte>(output.WrittenMemory))).Message;
    }

    private static string Read(ReadOnlySequence<byte> data)
    {
        byte[] bytes = new byte[10 + data.Length];
        FrameHeader.Write(bytes, 1, FrameType.Error, FrameFlags.None);
        data.CopyTo(bytes.AsSpan(10));
        Frame frame = FrameReader.Read(data.IsSingleSegment ? new ReadOnlySequence<byte>(bytes) : Segments.ByteByByte(bytes));
        return ErrorFrame.Read(frame).Message;
    }
}
