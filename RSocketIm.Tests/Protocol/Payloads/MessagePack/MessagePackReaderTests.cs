using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Tests.Protocol.Payloads.MessagePack;

public sealed class MessagePackReaderTests
{
    private delegate void Reading(ref MessagePackReader reader);

    public static TheoryData<string> Bombs =>
    [
        "ddffffffff", // an array of 2^32-1
        "dffffffffe", // a map of 2^32-2 pairs
        "dbffffffff", // a text of 4 GiB
        "c6ffffffff", // bytes of 4 GiB
        "c9ffffffff01", // an extension of 4 GiB
        "dcffff00", // an array of 65535 with one element
        "de000201c0c0", // a map of two pairs in three bytes
    ];

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Bomb_IsRefused_AndAllocatesNextToNothing(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Action[] readings =
        [
            () => new MessagePackReader(bytes).Skip(),
            () => new MessagePackReader(bytes).ReadString(),
            () => new MessagePackReader(bytes).ReadArrayHeader(),
            () => new MessagePackReader(bytes).ReadMapHeader(),
            () => new MessagePackReader(bytes).ReadBinary(),
            () => new MessagePackReader(bytes).ReadExtension(),
        ];
        foreach (Action read in readings)
        {
            Assert.Throws<MessagePackFormatException>(read); // once, so that what is compiled and cached on first use does not count
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<MessagePackFormatException>(read);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024); // the exception and its trace
        }
    }

    [Fact]
    public void Nesting_OfTenThousand_IsRefusedAtTheLimit()
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)0x91, 10_000), 0xC0];
        MessagePackFormatException error = Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(bytes).Skip());
        Assert.Equal(MessagePackReader.DefaultMaxDepth, error.Offset);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(32)]
    public void Nesting_UpToTheLimit_IsRead(int depth)
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)0x91, depth), 0xC0];
        MessagePackReader reader = new(bytes, depth);
        reader.Skip();
        reader.EnsureEnd();
        Assert.Throws<MessagePackFormatException>(() => new MessagePackReader((byte[])[0x91, .. bytes], depth).Skip());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(33)]
    public void Depth_OutsideItsRange_IsRefused(int depth) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MessagePackReader(ReadOnlyMemory<byte>.Empty, depth).End);

    [Fact]
    public void Depth_FollowsTheContainers_WithoutHelpOfTheCaller()
    {
        MessagePackReader reader = new(Convert.FromHexString("9281a1610190c3")); // [{"a": 1}, []] true
        Assert.Equal(2, reader.ReadArrayHeader());
        Assert.Equal(1, reader.ReadMapHeader());
        Assert.Equal(2, reader.Depth);
        Assert.True(reader.ReadStringSpan().SequenceEqual("a"u8));
        Assert.Equal(1, reader.ReadInt32());
        Assert.Equal(1, reader.Depth);
        Assert.Equal(0, reader.ReadArrayHeader());
        Assert.Equal(0, reader.Depth);
        Assert.True(reader.ReadBoolean());
        reader.EnsureEnd();
    }

    [Theory]
    [InlineData("a2c328")] // a lead byte without its second
    [InlineData("a3eda080")] // half of a surrogate pair
    [InlineData("a2c080")] // an overlong NUL
    [InlineData("a1ff")]
    public void ReadString_OfWhatIsNotUtf8_Throws(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        foreach (ReadOnlySequence<byte> shape in Split.EveryWay(bytes))
        {
            Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(shape).ReadString());
        }
    }

    [Theory]
    [InlineData("ce80000000")] // 2^31
    [InlineData("d2ffffffff", false)] // -1 fits
    [InlineData("d3ffffffff7fffffff")] // -2^31-1
    [InlineData("cb3ff8000000000000")] // 1.5
    [InlineData("cb7ff8000000000000")] // NaN
    [InlineData("cb7ff0000000000000")] // infinity
    [InlineData("cf8000000000000000")] // 2^63
    [InlineData("cb43f0000000000000")] // 2^64 as a float
    public void ReadInt32_OutsideItsRange_Throws(string hex, bool refused = true)
    {
        byte[] bytes = Convert.FromHexString(hex);
        if (refused)
        {
            Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(bytes).ReadInt32());
        }
        else
        {
            Assert.Equal(-1, new MessagePackReader(bytes).ReadInt32());
        }
    }

    [Fact]
    public void ReadUInt64_OfANegativeNumber_Throws() =>
        Assert.Throws<MessagePackFormatException>(() => new MessagePackReader((byte[])[0xFF]).ReadUInt64());

    [Fact]
    public void ReadSingle_OfWhatNoFloatHolds_Throws()
    {
        Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(Convert.FromHexString("cb7fefffffffffffff")).ReadSingle());
        Assert.True(float.IsNaN(new MessagePackReader(Convert.FromHexString("cb7ff8000000000000")).ReadSingle()));
    }

    [Fact]
    public void TryReadInt64_OfAnotherType_ReadsNothing()
    {
        MessagePackReader reader = new(Convert.FromHexString("a161cb3ff800000000000005"));
        Assert.False(reader.TryReadInt64(out _));
        Assert.Equal("a", reader.ReadString());
        Assert.False(reader.TryReadInt64(out _));
        Assert.Equal(1.5, reader.ReadDouble());
        Assert.True(reader.TryReadInt64(out long value));
        Assert.Equal(5, value);
    }

    [Fact]
    public void NeverUsedCode_StartsNoValue()
    {
        byte[] bytes = [0xC1];
        Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(bytes).NextType);
        Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(bytes).Skip());
        Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(bytes).ReadInt64());
    }

    [Theory]
    [InlineData("d6015a4af6a5")] // extension type 1
    [InlineData("d5ff0000")] // two bytes
    [InlineData("d7ffee6b280000000000")] // 10^9 nanoseconds
    public void ReadTimestamp_OfWhatIsNone_Throws(string hex) =>
        Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(Convert.FromHexString(hex)).ReadTimestamp());

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_700_000_000_123)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Timestamp_OfUnixMilliseconds_ComesBack(long milliseconds)
    {
        Assert.True(MessagePackTimestamp.FromUnixMilliseconds(milliseconds).TryGetUnixMilliseconds(out long back));
        Assert.Equal(milliseconds, back);
        Assert.False(new MessagePackTimestamp(long.MaxValue, 0).TryGetUnixMilliseconds(out _));
    }

    [Fact]
    public void EnsureEnd_WithBytesLeft_Throws()
    {
        Assert.Throws<MessagePackFormatException>(() => ReadNilThenEnd([0xC0, 0xC0]));
        Assert.Throws<MessagePackFormatException>(() =>
        {
            MessagePackReader reader = new((byte[])[0x92, 0xC0, 0xC0]);
            reader.ReadArrayHeader();
            reader.ReadNil();
            reader.EnsureEnd();
        });
    }

    [Fact]
    public void Garbage_RaisesTheOneException_OrNone()
    {
        Reading[] readings =
        [
            static (ref r) => r.Skip(),
            static (ref r) => r.ReadRaw(),
            static (ref r) => r.ReadNil(),
            static (ref r) => r.ReadBoolean(),
            static (ref r) => r.ReadInt32(),
            static (ref r) => r.ReadInt64(),
            static (ref r) => r.ReadUInt64(),
            static (ref r) => r.ReadSingle(),
            static (ref r) => r.ReadDouble(),
            static (ref r) => r.ReadString(),
            static (ref r) => r.ReadStringSpan(),
            static (ref r) => r.ReadBinary(),
            static (ref r) => r.ReadArrayHeader(),
            static (ref r) => r.ReadMapHeader(),
            static (ref r) => r.ReadExtension(),
            static (ref r) => r.ReadTimestamp(),
            static (ref r) => r.TryReadInt64(out _),
            static (ref r) => r.TryReadNil(),
        ];
        Prop.ForAll<byte[], int>((bytes, seed) =>
        {
            Random random = new(seed);
            MessagePackReader reader = new(Split.Join(bytes.AsMemory(0, bytes.Length / 2), bytes.AsMemory(bytes.Length / 2)));
            try
            {
                while (!reader.End)
                {
                    readings[random.Next(readings.Length)](ref reader);
                }
            }
            catch (MessagePackFormatException error)
            {
                return error.Offset >= 0 && error.Offset <= bytes.Length;
            }

            return true;
        }).QuickCheckThrowOnFailure();

        // Every pair of first bytes, for each way of reading.
        byte[] all = new byte[20];
        for (int first = 0; first < 256; first++)
        {
            all[0] = (byte)first;
            foreach (Reading read in readings)
            {
                Record(read, all);
            }
        }
    }

    private static void Record(Reading read, byte[] bytes)
    {
        Exception? raised = Xunit.Record.Exception(() =>
        {
            MessagePackReader reader = new(bytes);
            read(ref reader);
        });
        Assert.True(raised is null or MessagePackFormatException, raised?.ToString());
    }

    private static void ReadNilThenEnd(byte[] bytes)
    {
        MessagePackReader reader = new(bytes);
        reader.ReadNil();
        reader.EnsureEnd();
    }
}
