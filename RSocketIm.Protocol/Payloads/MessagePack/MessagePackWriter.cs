using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RSocketIm.Protocol.Payloads.MessagePack;

/// <summary>Writes MessagePack, each value in its shortest encoding, straight into a buffer and without allocating.</summary>
/// <remarks>
/// Bytes are staged in the output's own buffer and count only after <see cref="Flush"/>, which must be the last call; before it,
/// nobody else may write to that output. Containers are a header and then exactly as many values as it said: the writer does
/// not count. A mutable <c>ref struct</c>: pass it by <c>ref</c>. Not thread-safe. MessagePack spec, "Formats".
/// </remarks>
public ref struct MessagePackWriter
{
    private const int MaxHeadBytes = 1 + sizeof(uint);

    // 256: as large as a pipe's smallest useful buffer and more than most values need, so that most calls only store.
    private const int MinBufferBytes = 256;

    // A UTF-16 code unit becomes at most three bytes of UTF-8.
    private const int MaxUtf8BytesPerChar = 3;

    private readonly IBufferWriter<byte> output;
    private Span<byte> buffer;
    private int staged;

    /// <summary>Starts to write.</summary>
    /// <param name="output">Where the bytes go.</param>
    public MessagePackWriter(IBufferWriter<byte> output)
    {
        this.output = output;
        buffer = default;
    }

    /// <summary>Hands everything written so far to the output. Without it, the last bytes are lost.</summary>
    public void Flush()
    {
        if (staged > 0)
        {
            output.Advance(staged);
        }

        buffer = default;
        staged = 0;
    }

    /// <summary>Writes nil.</summary>
    public void WriteNil() => WriteByte(FormatCode.Nil);

    /// <summary>Writes true or false.</summary>
    /// <param name="value">The value.</param>
    public void WriteBoolean(bool value) => WriteByte(value ? FormatCode.True : FormatCode.False);

    /// <summary>Writes a whole number: 1..9 bytes.</summary>
    /// <param name="value">The value; one that is not negative is written as unsigned.</param>
    public void WriteInt64(long value)
    {
        switch (value)
        {
            case >= 0:
                WriteUInt64((ulong)value);
                break;
            case >= FormatCode.MinNegativeFix:
                WriteByte((byte)value);
                break;
            case >= sbyte.MinValue:
                WriteHead(FormatCode.Int8, (byte)value);
                break;
            case >= short.MinValue:
                WriteHead(FormatCode.Int16, (ushort)value);
                break;
            case >= int.MinValue:
                WriteHead(FormatCode.Int32, (uint)value);
                break;
            default:
                WriteHead(FormatCode.Int64, (ulong)value);
                break;
        }
    }

    /// <summary>Writes a whole number that is not negative: 1..9 bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt64(ulong value)
    {
        switch (value)
        {
            case <= FormatCode.MaxPositiveFixInt:
                WriteByte((byte)value);
                break;
            case <= byte.MaxValue:
                WriteHead(FormatCode.UInt8, (byte)value);
                break;
            case <= ushort.MaxValue:
                WriteHead(FormatCode.UInt16, (ushort)value);
                break;
            case <= uint.MaxValue:
                WriteHead(FormatCode.UInt32, (uint)value);
                break;
            default:
                WriteHead(FormatCode.UInt64, value);
                break;
        }
    }

    /// <summary>Writes a 32-bit float: 5 bytes.</summary>
    /// <param name="value">The value, not finite ones among them.</param>
    public void WriteSingle(float value) => WriteHead(FormatCode.Float32, BitConverter.SingleToUInt32Bits(value));

    /// <summary>Writes a 64-bit float: 9 bytes, whatever the value, so that its type does not depend on it.</summary>
    /// <param name="value">The value, not finite ones among them.</param>
    public void WriteDouble(double value) => WriteHead(FormatCode.Float64, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Writes a text as UTF-8; half of a surrogate pair becomes U+FFFD.</summary>
    /// <param name="value">The text.</param>
    public void WriteString(scoped ReadOnlySpan<char> value)
    {
        // A short text is encoded once, right behind the one byte its length then needs.
        if (value.Length * (long)MaxUtf8BytesPerChar <= FormatCode.MaxFixStrBytes)
        {
            Span<byte> span = Reserve(1 + FormatCode.MaxFixStrBytes);
            int written = Encoding.UTF8.GetBytes(value, span[1..]);
            span[0] = (byte)(FormatCode.FixStr | written);
            staged += 1 + written;
            return;
        }

        int length = Encoding.UTF8.GetByteCount(value);
        WriteStringHeader(length);
        Encoding.UTF8.GetBytes(value, Reserve(length));
        staged += length;
    }

    /// <summary>Writes a text that is UTF-8 already, which is not checked.</summary>
    /// <param name="utf8">The bytes of the text.</param>
    public void WriteUtf8String(scoped ReadOnlySpan<byte> utf8)
    {
        WriteStringHeader(utf8.Length);
        WriteRaw(utf8);
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteBinary(scoped ReadOnlySpan<byte> value)
    {
        WriteLength(value.Length, FormatCode.Bin8, FormatCode.Bin16, FormatCode.Bin32);
        WriteRaw(value);
    }

    /// <summary>Writes the head of an array.</summary>
    /// <param name="count">How many values follow, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public void WriteArrayHeader(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count <= FormatCode.MaxFixArrayCount)
        {
            WriteByte((byte)(FormatCode.FixArray | count));
        }
        else
        {
            WriteLength(count, null, FormatCode.Array16, FormatCode.Array32);
        }
    }

    /// <summary>Writes the head of a map.</summary>
    /// <param name="count">How many pairs follow, 0 or more: twice as many values.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public void WriteMapHeader(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count <= FormatCode.MaxFixMapCount)
        {
            WriteByte((byte)(FormatCode.FixMap | count));
        }
        else
        {
            WriteLength(count, null, FormatCode.Map16, FormatCode.Map32);
        }
    }

    /// <summary>Writes an extension value.</summary>
    /// <param name="type">0..127 belong to the application, -128..-1 to the MessagePack spec.</param>
    /// <param name="data">Its bytes.</param>
    public void WriteExtension(sbyte type, scoped ReadOnlySpan<byte> data)
    {
        if (data.Length is 1 or 2 or 4 or 8 or 16)
        {
            WriteByte((byte)(FormatCode.FixExt1 + int.Log2(data.Length)));
        }
        else
        {
            WriteLength(data.Length, FormatCode.Ext8, FormatCode.Ext16, FormatCode.Ext32);
        }

        WriteByte((byte)type);
        WriteRaw(data);
    }

    /// <summary>Writes a timestamp: 6, 10 or 15 bytes.</summary>
    /// <param name="value">The timestamp.</param>
    /// <exception cref="ArgumentOutOfRangeException">Its nanoseconds are above 999 999 999.</exception>
    public void WriteTimestamp(MessagePackTimestamp value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Nanoseconds, MessagePackTimestamp.MaxNanoseconds, nameof(value));
        Span<byte> data = stackalloc byte[12];
        if (value.Seconds is >= 0 and < 1L << 34)
        {
            ulong both = ((ulong)value.Nanoseconds << 34) | (ulong)value.Seconds;
            if (both <= uint.MaxValue)
            {
                BinaryPrimitives.WriteUInt32BigEndian(data, (uint)both);
                WriteExtension(MessagePackTimestamp.ExtensionType, data[..4]);
                return;
            }

            BinaryPrimitives.WriteUInt64BigEndian(data, both);
            WriteExtension(MessagePackTimestamp.ExtensionType, data[..8]);
            return;
        }

        BinaryPrimitives.WriteUInt32BigEndian(data, value.Nanoseconds);
        BinaryPrimitives.WriteInt64BigEndian(data[4..], value.Seconds);
        WriteExtension(MessagePackTimestamp.ExtensionType, data);
    }

    /// <summary>Writes bytes that are MessagePack already, which is not checked.</summary>
    /// <param name="encoded">One whole value, or several where several are due.</param>
    public void WriteRaw(scoped ReadOnlySpan<byte> encoded)
    {
        while (encoded.Length > 0)
        {
            Span<byte> span = Reserve(1);
            int part = Math.Min(span.Length, encoded.Length);
            encoded[..part].CopyTo(span);
            encoded = encoded[part..];
            staged += part;
        }
    }

    private void WriteStringHeader(int length)
    {
        if (length <= FormatCode.MaxFixStrBytes)
        {
            WriteByte((byte)(FormatCode.FixStr | length));
        }
        else
        {
            WriteLength(length, FormatCode.Str8, FormatCode.Str16, FormatCode.Str32);
        }
    }

    private void WriteLength(int length, byte? code8, byte code16, byte code32)
    {
        if (length <= byte.MaxValue && code8 is byte code)
        {
            WriteHead(code, (byte)length);
        }
        else if (length <= ushort.MaxValue)
        {
            WriteHead(code16, (ushort)length);
        }
        else
        {
            WriteHead(code32, (uint)length);
        }
    }

    private void WriteByte(byte value)
    {
        Reserve(1)[0] = value;
        staged++;
    }

    private void WriteHead(byte code, byte value)
    {
        Span<byte> span = Reserve(2);
        span[0] = code;
        span[1] = value;
        staged += 2;
    }

    private void WriteHead(byte code, ushort value)
    {
        Span<byte> span = Reserve(1 + sizeof(ushort));
        span[0] = code;
        BinaryPrimitives.WriteUInt16BigEndian(span[1..], value);
        staged += 1 + sizeof(ushort);
    }

    private void WriteHead(byte code, uint value)
    {
        Span<byte> span = Reserve(MaxHeadBytes);
        span[0] = code;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], value);
        staged += MaxHeadBytes;
    }

    private void WriteHead(byte code, ulong value)
    {
        Span<byte> span = Reserve(1 + sizeof(ulong));
        span[0] = code;
        BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
        staged += 1 + sizeof(ulong);
    }

    // The free part of the buffer, at least `bytes` long; what was staged before is handed over when a new buffer is due.
    private Span<byte> Reserve(int bytes)
    {
        if (buffer.Length - staged < bytes)
        {
            Flush();
            buffer = output.GetSpan(Math.Max(bytes, MinBufferBytes));
        }

        return buffer[staged..];
    }
}
