using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>Frames made field by field, without the writers under test: well-formed as a rule, with odd flags and numbers now and then.</summary>
internal static class FrameBytes
{
    private static readonly FrameType[] Types =
        [.. Enum.GetValues<FrameType>(), FrameType.Payload, FrameType.Payload, FrameType.RequestStream, FrameType.RequestChannel, (FrameType)0x20];

    /// <summary>A frame of any type.</summary>
    public static void Write(FuzzRandom random, ArrayBufferWriter<byte> output) => Write(random, output, random.Pick<FrameType>(Types));

    /// <summary>A frame of a type.</summary>
    public static void Write(FuzzRandom random, ArrayBufferWriter<byte> output, FrameType type)
    {
        FrameFlags flags = random.OneIn(8) ? (FrameFlags)random.Below(1024) : Flags(random, type);
        bool onConnection = type is FrameType.Setup or FrameType.Lease or FrameType.KeepAlive or FrameType.MetadataPush or FrameType.Resume or FrameType.ResumeOk;
        int id = random.OneIn(12) ? (int)random.Boundary() : onConnection ? 0 : random.Between(1, 9);
        WriteHeader(output, id, type, flags);
        switch (type)
        {
            case FrameType.Setup:
                WriteInt16(output, 1);
                WriteInt16(output, 0);
                WriteInt32(output, Number(random));
                WriteInt32(output, Number(random));
                if ((flags & FrameFlags.ResumeEnable) != 0)
                {
                    WriteSized(random, output, 2);
                }

                WriteMime(random, output);
                WriteMime(random, output);
                WriteContent(random, output, flags);
                break;
            case FrameType.Lease:
                WriteInt32(output, Number(random));
                WriteInt32(output, Number(random));
                WriteBytes(random, output, random.Length(64));
                break;
            case FrameType.KeepAlive:
                WriteInt64(output, random.Boundary());
                WriteBytes(random, output, random.Length(200));
                break;
            case FrameType.RequestStream or FrameType.RequestChannel:
                WriteInt32(output, Number(random));
                WriteContent(random, output, flags);
                break;
            case FrameType.RequestN:
                WriteInt32(output, Number(random));
                break;
            case FrameType.Error:
                WriteInt32(output, random.Pick<int>([0, 1, 2, 3, 4, 0x101, 0x102, 0x201, 0x202, 0x203, 0x204, 0x301, -1]));
                WriteBytes(random, output, random.OneIn(200) ? random.Between(4_000, 5_000) : random.Length(100));
                break;
            case FrameType.Resume:
                WriteInt16(output, 1);
                WriteInt16(output, 0);
                WriteSized(random, output, 2);
                WriteInt64(output, random.Boundary());
                WriteInt64(output, random.Boundary());
                break;
            case FrameType.ResumeOk:
                WriteInt64(output, random.Boundary());
                break;
            case FrameType.Extension:
                WriteInt32(output, Number(random));
                WriteBytes(random, output, random.Length(64));
                break;
            case FrameType.Cancel:
                break;
            default:
                WriteContent(random, output, flags);
                break;
        }
    }

    public static void WriteHeader(ArrayBufferWriter<byte> output, int id, FrameType type, FrameFlags flags)
    {
        WriteInt32(output, id);
        WriteInt16(output, ((int)type << 10) | (int)flags);
    }

    public static void WriteByte(ArrayBufferWriter<byte> output, int value)
    {
        output.GetSpan(1)[0] = (byte)value;
        output.Advance(1);
    }

    public static void WriteInt16(ArrayBufferWriter<byte> output, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)value);
        output.Advance(2);
    }

    public static void WriteInt24(ArrayBufferWriter<byte> output, int value)
    {
        output.Write([(byte)(value >> 16), (byte)(value >> 8), (byte)value]);
    }

    public static void WriteInt32(ArrayBufferWriter<byte> output, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    public static void WriteInt64(ArrayBufferWriter<byte> output, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    public static void WriteBytes(FuzzRandom random, ArrayBufferWriter<byte> output, int length)
    {
        random.Fill(output.GetSpan(length)[..length]);
        output.Advance(length);
    }

    /// <summary>Metadata behind their length where M says so, then data.</summary>
    public static void WriteContent(FuzzRandom random, ArrayBufferWriter<byte> output, FrameFlags flags)
    {
        if ((flags & FrameFlags.Metadata) != 0)
        {
            int length = random.Length(120);
            WriteInt24(output, length);
            WriteBytes(random, output, length);
        }

        WriteBytes(random, output, random.Length(400));
    }

    private static FrameFlags Flags(FuzzRandom random, FrameType type)
    {
        FrameFlags possible = type switch
        {
            FrameType.Setup => FrameFlags.Metadata | FrameFlags.ResumeEnable | FrameFlags.Lease,
            FrameType.Lease or FrameType.MetadataPush => FrameFlags.Metadata,
            FrameType.KeepAlive => FrameFlags.Respond,
            FrameType.RequestChannel => FrameFlags.Metadata | FrameFlags.Follows | FrameFlags.Complete,
            FrameType.Payload => FrameFlags.Metadata | FrameFlags.Follows | FrameFlags.Complete | FrameFlags.Next,
            FrameType.Extension => FrameFlags.Metadata | FrameFlags.Ignore,
            _ => type.IsRequest ? FrameFlags.Metadata | FrameFlags.Follows : FrameFlags.None,
        };
        return possible & (FrameFlags)random.Below(1024);
    }

    private static int Number(FuzzRandom random) => random.OneIn(3) ? (int)random.Boundary() : random.Between(1, 1000);

    private static void WriteSized(FuzzRandom random, ArrayBufferWriter<byte> output, int width)
    {
        int length = random.Length(100);
        if (width == 2)
        {
            WriteInt16(output, length);
        }

        WriteBytes(random, output, length);
    }

    private static void WriteMime(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        int length = random.OneIn(10) ? random.Below(256) : random.Between(1, 30);
        output.Write([(byte)length]);
        Span<byte> text = output.GetSpan(length + 1)[..length];
        foreach (ref byte character in text)
        {
            character = (byte)random.Between(1, random.OneIn(300) ? 255 : 127);
        }

        output.Advance(length);
    }
}
