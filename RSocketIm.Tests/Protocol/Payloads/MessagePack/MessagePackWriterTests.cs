using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Tests.Protocol.Payloads.MessagePack;

public sealed class MessagePackWriterTests
{
    private delegate void Writing(ref MessagePackWriter writer);

    [Fact]
    public void Numbers_OfAnySize_ComeBack()
    {
        Prop.ForAll<long>(value => Read(Write((ref w) => w.WriteInt64(value))).ReadInt64() == value).QuickCheckThrowOnFailure();
        Prop.ForAll<ulong>(value => Read(Write((ref w) => w.WriteUInt64(value))).ReadUInt64() == value).QuickCheckThrowOnFailure();
        Prop.ForAll<double>(value => Read(Write((ref w) => w.WriteDouble(value))).ReadDouble().Equals(value)).QuickCheckThrowOnFailure();
        Prop.ForAll<float>(value => Read(Write((ref w) => w.WriteSingle(value))).ReadSingle().Equals(value)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Text_OfEveryWidth_ComesBack(int length)
    {
        foreach (string text in new[] { new string('a', length), new string('語', length) })
        {
            byte[] bytes = Write((ref w) => w.WriteString(text));
            Assert.Equal(text, Read(bytes).ReadString());
            Assert.Equal(bytes, Write((ref w) => w.WriteUtf8String(System.Text.Encoding.UTF8.GetBytes(text))));
        }
    }

    [Fact]
    public void Text_WithHalfASurrogatePair_IsWrittenAsReplacementCharacter() =>
        Assert.Equal("a\uFFFDb", Read(Write((ref w) => w.WriteString("a\uD83Db"))).ReadString());

    [Theory]
    [InlineData(15, 1)]
    [InlineData(16, 3)]
    [InlineData(65_535, 3)]
    [InlineData(65_536, 5)]
    public void Container_OfEveryWidth_HasTheShortestHead(int count, int headBytes)
    {
        byte[] array = Write((ref w) => w.WriteArrayHeader(count));
        byte[] map = Write((ref w) => w.WriteMapHeader(count));
        Assert.Equal(headBytes, array.Length);
        Assert.Equal(headBytes, map.Length);
        Assert.Equal(count, Read([.. array, .. new byte[count]]).ReadArrayHeader());
        Assert.Equal(count, Read([.. map, .. new byte[2 * count]]).ReadMapHeader());
    }

    [Fact]
    public void ContainerHead_OfANegativeCount_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Write((ref w) => w.WriteArrayHeader(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Write((ref w) => w.WriteMapHeader(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Write((ref w) => w.WriteTimestamp(new MessagePackTimestamp(0, 1_000_000_000))));
    }

    [Fact]
    public void Writer_BeforeFlush_HasNotAdvancedTheOutput()
    {
        ArrayBufferWriter<byte> output = new();
        MessagePackWriter writer = new(output);
        writer.WriteNil();
        Assert.Equal(0, output.WrittenCount);
        writer.Flush();
        writer.Flush();
        Assert.Equal(1, output.WrittenCount);
    }

    [Fact]
    public void Writer_OfManyValues_AllocatesNothingItself()
    {
        ArrayBufferWriter<byte> output = new(1 << 16);
        WriteMany(output);
        output.ResetWrittenCount();
        long before = GC.GetAllocatedBytesForCurrentThread();
        WriteMany(output);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void WriteMany(ArrayBufferWriter<byte> output)
    {
        MessagePackWriter writer = new(output);
        for (int i = 0; i < 100; i++)
        {
            writer.WriteMapHeader(4);
            writer.WriteString("text");
            writer.WriteString("a text that is a little longer than what fits into 31 bytes");
            writer.WriteInt64(i * 1_000_003L);
            writer.WriteDouble(i);
            writer.WriteBinary("abc"u8);
            writer.WriteTimestamp(new MessagePackTimestamp(i, 1));
            writer.WriteBoolean(true);
            writer.WriteNil();
        }

        writer.Flush();
    }

    private static byte[] Write(Writing write)
    {
        ArrayBufferWriter<byte> output = new();
        MessagePackWriter writer = new(output);
        write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static MessagePackReader Read(byte[] bytes) => new(bytes);
}
