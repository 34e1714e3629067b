using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>Takes the fields of a packet's body apart, in order (MQTT 5.0, 1.5).</summary>
/// <remarks>Every method throws <see cref="MqttException"/> (malformed) when the body ends too early.</remarks>
internal ref struct FieldReader(ReadOnlySequence<byte> body)
{
    private SequenceReader<byte> reader = new(body);

    /// <summary>Bytes that have not been read.</summary>
    public readonly long Remaining => reader.Remaining;

    /// <summary>Whether everything has been read.</summary>
    public readonly bool End => reader.End;

    public byte Byte() => reader.TryRead(out byte value) ? value : throw TooShort();

    public ushort UInt16() => reader.TryReadBigEndian(out short value) ? (ushort)value : throw TooShort();

    public uint UInt32() => reader.TryReadBigEndian(out int value) ? (uint)value : throw TooShort();

    /// <summary>A variable byte integer, 0..268,435,455.</summary>
    public int VarInt()
    {
        int value = 0;
        for (int shift = 0; shift <= 21; shift += 7)
        {
            byte next = Byte();
            value |= (next & 0x7f) << shift;
            if (next < 0x80)
            {
                return next == 0 && shift > 0 ? throw MqttException.Malformed("A variable byte integer has more bytes than it needs.") : value;
            }
        }

        throw MqttException.Malformed("A variable byte integer has more than 4 bytes.");
    }

    /// <summary>Text: well-formed UTF-8 without U+0000, at most 65,535 bytes.</summary>
    public string Text()
    {
        ReadOnlySequence<byte> bytes = Slice(UInt16());
        if (bytes.IsSingleSegment)
        {
            return ToText(bytes.FirstSpan);
        }

        // At most 64 KiB, and only where a text lies across two reads.
        byte[] joined = bytes.ToArray();
        return ToText(joined);
    }

    /// <summary>Binary data, at most 65,535 bytes.</summary>
    public byte[] Binary() => Slice(UInt16()).ToArray();

    /// <summary>So many bytes, not copied.</summary>
    public ReadOnlySequence<byte> Slice(long length)
    {
        if (reader.Remaining < length)
        {
            throw TooShort();
        }

        ReadOnlySequence<byte> slice = reader.UnreadSequence.Slice(0, length);
        reader.Advance(length);
        return slice;
    }

    /// <summary>All that is left, not copied.</summary>
    public ReadOnlySequence<byte> Rest() => Slice(reader.Remaining);

    /// <exception cref="MqttException">There are bytes that belong to nothing.</exception>
    public readonly void RequireEnd()
    {
        if (!reader.End)
        {
            throw MqttException.Malformed($"The packet has {reader.Remaining} bytes too many.");
        }
    }

    private static string ToText(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            throw MqttException.Malformed("A text is not well-formed UTF-8.");
        }

        return bytes.Contains((byte)0) ? throw MqttException.Malformed("A text has the character U+0000.") : Encoding.UTF8.GetString(bytes);
    }

    private static MqttException TooShort() => MqttException.Malformed("The packet ends within a field.");
}
