using System.Buffers;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class FrameVectorTests
{
    public static TheoryData<string> Names => FrameVectors.Names;

    public static TheoryData<string> MalformedNames => FrameVectors.MalformedNames;

    [Theory]
    [Trait("Checklist", "1")]
    [Trait("Checklist", "4")]
    [Trait("Checklist", "7")]
    [Trait("Checklist", "9")]
    [Trait("Checklist", "14")]
    [Trait("Checklist", "29")]
    [Trait("Checklist", "79")]
    [MemberData(nameof(Names))]
    public void Vector_InSegmentsCutAnywhere_ReadsTheSameFields(string name)
    {
        JsonElement vector = FrameVectors.Get(name);
        SortedDictionary<string, string> expected = FrameVectors.Fields(vector);

        foreach (ReadOnlySequence<byte> bytes in Segments.EveryCut(FrameVectors.Bytes(vector)))
        {
            Assert.Equal(expected, FrameFields.Read(bytes));
        }
    }

    [Theory]
    [Trait("Checklist", "1")]
    [Trait("Checklist", "7")]
    [Trait("Checklist", "9")]
    [MemberData(nameof(Names))]
    public void Vector_Written_HasTheSameBytesAndAnnouncedLength(string name)
    {
        JsonElement vector = FrameVectors.Get(name);

        byte[] written = FrameFields.Write(FrameVectors.Fields(vector), out int announcedLength);

        Assert.Equal(vector.GetProperty("hex").GetString(), Convert.ToHexStringLower(written));
        Assert.Equal(written.Length, announcedLength);
    }

    [Theory]
    [Trait("Checklist", "8")]
    [Trait("Checklist", "15")]
    [Trait("Checklist", "E4")]
    [Trait("Checklist", "E18")]
    [MemberData(nameof(MalformedNames))]
    public void MalformedVector_InSegmentsCutAnywhere_IsRefusedWithItsCode(string name)
    {
        JsonElement vector = FrameVectors.GetMalformed(name);

        foreach (ReadOnlySequence<byte> bytes in Segments.EveryCut(FrameVectors.Bytes(vector)))
        {
            ProtocolViolationException thrown = Assert.Throws<ProtocolViolationException>(() => FrameFields.Read(bytes));
            Assert.Equal((ErrorCode)vector.GetProperty("code").GetUInt32(), thrown.Code);
        }
    }

    [Theory]
    [Trait("Checklist", "8")]
    [MemberData(nameof(Names))]
    public void Vector_Truncated_ParsesOrIsAViolation(string name)
    {
        byte[] bytes = FrameVectors.Bytes(FrameVectors.Get(name));

        for (int length = 0; length < bytes.Length; length++)
        {
            ReadOrRefuse(Segments.ByteByByte(bytes[..length]));
            ReadOrRefuse(new ReadOnlySequence<byte>(bytes, 0, length));
        }
    }

    [Fact]
    [Trait("Checklist", "E18")]
    public void RandomBytes_ParseOrAreAViolation() =>
        Prop.ForAll<byte[]>(bytes => ReadOrRefuse(new ReadOnlySequence<byte>(bytes))).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    [Trait("Checklist", "E18")]
    public void RandomBodies_OfEveryType_ParseOrAreAViolation() =>
        Prop.ForAll<byte[], ushort, bool>((body, flags, split) =>
        {
            foreach (FrameType type in Enum.GetValues<FrameType>())
            {
                byte[] bytes = new byte[Frame.HeaderLength + body.Length];
                FrameHeader.Write(bytes, 1, type, (FrameFlags)(flags & 0x3FF));
                body.CopyTo(bytes, Frame.HeaderLength);
                ReadOrRefuse(split ? Segments.ByteByByte(bytes) : new ReadOnlySequence<byte>(bytes));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    [Trait("Checklist", "E18")]
    public void Vectors_WithAnyByteChanged_ParseOrAreAViolation()
    {
        foreach (byte[] bytes in FrameVectors.AllBytes)
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                foreach (byte mask in (ReadOnlySpan<byte>)[0x01, 0x80, 0xFF])
                {
                    bytes[i] ^= mask;
                    ReadOrRefuse(new ReadOnlySequence<byte>(bytes));
                    bytes[i] ^= mask;
                }
            }
        }
    }

    // Reads every field, and the dump as well; any exception but the one for broken peers fails the test.
    private static void ReadOrRefuse(ReadOnlySequence<byte> bytes)
    {
        Exception? thrown = Record.Exception(() =>
        {
            Assert.DoesNotContain('\n', FrameDump.Describe(FrameReader.Read(bytes)));
            FrameFields.Read(bytes);
        });
        Assert.True(thrown is null or ProtocolViolationException, $"{Convert.ToHexString(bytes.ToArray())}: {thrown}");
    }
}
