using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>Writes the fields of packets (MQTT 5.0, 1.5).</summary>
internal static class FieldWriter
{
    /// <summary>The largest variable byte integer, and so the longest body of a packet: 268,435,455.</summary>
    public const int MaxVarInt = 268_435_455;

    private const int LargestKeptScratch = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? scratch;

    /// <summary>How many bytes a variable byte integer takes, 1..4.</summary>
    public static int VarIntLength(int value) => value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;

    /// <summary>How many bytes a text takes with its length.</summary>
    public static int TextLength(string text) => 2 + Encoding.UTF8.GetByteCount(text);

    public static void WriteByte(this IBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public static void WriteUInt16(this IBufferWriter<byte> output, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)value);
        output.Advance(2);
    }

    public static void WriteUInt32(this IBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    /// <summary>Writes a variable byte integer in as few bytes as it takes.</summary>
    public static void WriteVarInt(this IBufferWriter<byte> output, int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxVarInt);
        Span<byte> span = output.GetSpan(4);
        int length = 0;
        do
        {
            int rest = value >> 7;
            span[length++] = (byte)((value & 0x7f) | (rest > 0 ? 0x80 : 0));
            value = rest;
        }
        while (value > 0);
        output.Advance(length);
    }

    /// <exception cref="ArgumentException">The text has more than 65,535 bytes.</exception>
    public static void WriteText(this IBufferWriter<byte> output, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        RequireLength(length);
        output.WriteUInt16(length);
        Encoding.UTF8.GetBytes(text, output.GetSpan(length));
        output.Advance(length);
    }

    /// <exception cref="ArgumentException">There are more than 65,535 bytes.</exception>
    public static void WriteBinary(this IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        RequireLength(bytes.Length);
        output.WriteUInt16(bytes.Length);
        output.Write(bytes);
    }

    /// <summary>Writes a packet whose body is written first, to know its length.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="header">The first byte.</param>
    /// <param name="state">What the body is made of.</param>
    /// <param name="body">Writes the body; must not write another packet.</param>
    public static void WritePacket<TState>(this IBufferWriter<byte> output, byte header, TState state, Action<TState, IBufferWriter<byte>> body)
    {
        ArrayBufferWriter<byte> written = RentScratch();
        body(state, written);
        output.WriteByte(header);
        output.WriteVarInt(written.WrittenCount);
        output.Write(written.WrittenSpan);
    }

    private static ArrayBufferWriter<byte> RentScratch()
    {
        // One for the thread; a giant that passed by once is not kept.
        if (scratch is null || scratch.Capacity > LargestKeptScratch)
        {
            scratch = new ArrayBufferWriter<byte>(256);
        }

        scratch.ResetWrittenCount();
        return scratch;
    }

    private static void RequireLength(int length)
    {
        if (length > ushort.MaxValue)
        {
            throw new ArgumentException($"A field of {length} bytes is longer than 65,535.");
        }
    }
}
