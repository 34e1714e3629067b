using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RSocketIm.Protocol.Payloads.MessagePack;

/// <summary>Reads MessagePack value by value, forward, from bytes that nobody vouches for.</summary>
/// <remarks>
/// <para>Nothing is allocated but the strings that are asked for, and a length is believed only after it was compared with the
/// bytes that are left: an array of n elements needs n bytes, a map of n pairs 2n. Containers may be nested
/// <c>maxDepth</c> deep; the reader counts their elements, so it knows by itself where one ends.</para>
/// <para>Every method that reads raises <see cref="MessagePackFormatException"/> when the value is cut short, of another type or
/// out of range, and no other exception; the reader must not be used after that. A mutable <c>ref struct</c>: pass it by
/// <c>ref</c>. Not thread-safe.</para>
/// <para>The file beside this one, MessagePackReader.Numbers.cs, holds the numbers. MessagePack spec, "Formats".</para>
/// </remarks>
public ref partial struct MessagePackReader
{
    /// <summary>How deep containers may be nested by default: 16, since chat records need 5.</summary>
    public const int DefaultMaxDepth = 16;

    /// <summary>How deep containers may be nested at most.</summary>
    public const int MaxMaxDepth = 32;

    private readonly int maxDepth;
    private SequenceReader<byte> reader;

    // Elements still to be read of the container we are in, and of those around it.
    private long pending;
    private PendingStack outer;
    private int depth;

    /// <summary>Starts to read.</summary>
    /// <param name="source">The bytes; they must not change while they are read.</param>
    /// <param name="maxDepth">How deep containers may be nested, 1..32, default 16.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDepth"/> is outside 1..32.</exception>
    public MessagePackReader(ReadOnlySequence<byte> source, int maxDepth = DefaultMaxDepth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDepth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDepth, MaxMaxDepth);
        this.maxDepth = maxDepth;
        reader = new SequenceReader<byte>(source);
        pending = long.MaxValue; // outside all containers there may be any number of values
    }

    /// <summary>Starts to read bytes that lie in one piece.</summary>
    /// <param name="source">The bytes; they must not change while they are read.</param>
    /// <param name="maxDepth">How deep containers may be nested, 1..32, default 16.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDepth"/> is outside 1..32.</exception>
    public MessagePackReader(ReadOnlyMemory<byte> source, int maxDepth = DefaultMaxDepth)
        : this(new ReadOnlySequence<byte>(source), maxDepth)
    {
    }

    /// <summary>Whether all bytes have been read.</summary>
    public readonly bool End => reader.End;

    /// <summary>How many bytes have been read.</summary>
    public readonly long Consumed => reader.Consumed;

    /// <summary>How many containers are open.</summary>
    public readonly int Depth => depth;

    /// <summary>The type of the next value; nothing is read.</summary>
    /// <exception cref="MessagePackFormatException">There is no next value, or it starts with 0xC1.</exception>
    public readonly MessagePackType NextType
    {
        get
        {
            byte code = PeekCode();
            return FormatCode.ToType(code) ?? throw NeverUsed();
        }
    }

    private readonly long Remaining => reader.Remaining;

    /// <summary>Reads nil.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public void ReadNil()
    {
        if (!TryReadNil())
        {
            throw Unexpected("nil");
        }
    }

    /// <summary>Reads nil if it is the next value.</summary>
    /// <returns>False, and nothing read, when the next value is another.</returns>
    /// <exception cref="MessagePackFormatException">There is no next value.</exception>
    public bool TryReadNil()
    {
        if (PeekCode() != FormatCode.Nil)
        {
            return false;
        }

        reader.Advance(1);
        EndValue();
        return true;
    }

    /// <summary>Reads true or false.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public bool ReadBoolean()
    {
        byte code = PeekCode();
        if (code is not (FormatCode.True or FormatCode.False))
        {
            throw Unexpected("a boolean");
        }

        reader.Advance(1);
        EndValue();
        return code == FormatCode.True;
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type; also when the text is not valid UTF-8.</exception>
    public string ReadString()
    {
        long start = reader.Consumed;
        ReadOnlySequence<byte> bytes = ReadStringBytes();
        return Utf8Text.TryDecode(bytes, out string? text) ? text : throw new MessagePackFormatException(start, "The text is not valid UTF-8.");
    }

    /// <summary>Reads a text as the bytes it is made of, without copying and without checking that they are UTF-8.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public ReadOnlySequence<byte> ReadStringBytes()
    {
        long start = reader.Consumed;
        byte code = PeekCode();
        uint length;
        if (code is >= FormatCode.FixStr and < FormatCode.Nil)
        {
            reader.Advance(1);
            length = code & (uint)FormatCode.MaxFixStrBytes;
        }
        else
        {
            length = code switch
            {
                FormatCode.Str8 => ReadHead(1),
                FormatCode.Str16 => ReadHead(2),
                FormatCode.Str32 => ReadHead(4),
                _ => throw Unexpected("a text"),
            };
        }

        return ReadBody(start, length, "text");
    }

    /// <summary>Reads a text as bytes in one piece, for comparing map keys without making strings.</summary>
    /// <returns>The bytes where they lie; a copy only when they are spread over segments. Not checked to be UTF-8.</returns>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public ReadOnlySpan<byte> ReadStringSpan()
    {
        ReadOnlySequence<byte> bytes = ReadStringBytes();
        return bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
    }

    /// <summary>Reads bytes, without copying them.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public ReadOnlySequence<byte> ReadBinary()
    {
        long start = reader.Consumed;
        uint length = PeekCode() switch
        {
            FormatCode.Bin8 => ReadHead(1),
            FormatCode.Bin16 => ReadHead(2),
            FormatCode.Bin32 => ReadHead(4),
            _ => throw Unexpected("bytes"),
        };
        return ReadBody(start, length, "byte string");
    }

    /// <summary>Reads the head of an array; its elements follow.</summary>
    /// <returns>The number of elements, of which each has at least one byte left.</returns>
    /// <exception cref="MessagePackFormatException">See the remarks of the type; also when it would be nested too deep.</exception>
    public int ReadArrayHeader()
    {
        long start = reader.Consumed;
        byte code = PeekCode();
        uint count;
        if ((code & 0xF0) == FormatCode.FixArray)
        {
            reader.Advance(1);
            count = code & 0x0Fu;
        }
        else
        {
            count = code switch
            {
                FormatCode.Array16 => ReadHead(2),
                FormatCode.Array32 => ReadHead(4),
                _ => throw Unexpected("an array"),
            };
        }

        BeginContainer(start, count, bytesPerElement: 1, "array");
        return (int)count;
    }

    /// <summary>Reads the head of a map; its keys and values follow in turn.</summary>
    /// <returns>The number of pairs, of which each has at least two bytes left.</returns>
    /// <exception cref="MessagePackFormatException">See the remarks of the type; also when it would be nested too deep.</exception>
    public int ReadMapHeader()
    {
        long start = reader.Consumed;
        byte code = PeekCode();
        uint count;
        if ((code & 0xF0) == FormatCode.FixMap)
        {
            reader.Advance(1);
            count = code & 0x0Fu;
        }
        else
        {
            count = code switch
            {
                FormatCode.Map16 => ReadHead(2),
                FormatCode.Map32 => ReadHead(4),
                _ => throw Unexpected("a map"),
            };
        }

        BeginContainer(start, count, bytesPerElement: 2, "map");
        return (int)count;
    }

    /// <summary>Reads an extension value, a timestamp among them, without copying it.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public MessagePackExtension ReadExtension()
    {
        long start = reader.Consumed;
        byte code = PeekCode();
        uint length;
        if (code is >= FormatCode.FixExt1 and <= FormatCode.FixExt16)
        {
            reader.Advance(1);
            length = 1u << (code - FormatCode.FixExt1); // 1, 2, 4, 8, 16
        }
        else
        {
            length = code switch
            {
                FormatCode.Ext8 => ReadHead(1),
                FormatCode.Ext16 => ReadHead(2),
                FormatCode.Ext32 => ReadHead(4),
                _ => throw Unexpected("an extension"),
            };
        }

        if (!reader.TryRead(out byte type))
        {
            throw Truncated(start, "extension");
        }

        return new MessagePackExtension((sbyte)type, ReadBody(start, length, "extension"));
    }

    /// <summary>Reads a value of any type without looking at it, containers with all they hold.</summary>
    /// <exception cref="MessagePackFormatException">It is cut short, nested too deep, or holds 0xC1.</exception>
    public void Skip()
    {
        // When this value ends, so do the containers it is the last of: hence "until it is read", not "until the depth is back".
        long unread = 1;
        while (unread > 0)
        {
            unread--;
            switch (NextType)
            {
                case MessagePackType.Nil:
                case MessagePackType.Boolean:
                    reader.Advance(1);
                    EndValue();
                    break;
                case MessagePackType.Integer:
                case MessagePackType.Float:
                    SkipNumber();
                    break;
                case MessagePackType.String:
                    ReadStringBytes();
                    break;
                case MessagePackType.Binary:
                    ReadBinary();
                    break;
                case MessagePackType.Extension:
                    ReadExtension();
                    break;
                case MessagePackType.Array:
                    unread += ReadArrayHeader();
                    break;
                default:
                    unread += 2L * ReadMapHeader();
                    break;
            }
        }
    }

    /// <summary>Reads a value of any type as its bytes, without copying them.</summary>
    /// <returns>The bytes of the whole value; they are well-formed, except that texts were not checked to be UTF-8.</returns>
    /// <exception cref="MessagePackFormatException">It is cut short, nested too deep, or holds 0xC1.</exception>
    public ReadOnlySequence<byte> ReadRaw()
    {
        SequencePosition start = reader.Position;
        Skip();
        return reader.Sequence.Slice(start, reader.Position);
    }

    /// <summary>Makes sure that nothing follows.</summary>
    /// <exception cref="MessagePackFormatException">Bytes are left, or a container is not read to its end.</exception>
    public readonly void EnsureEnd()
    {
        if (!reader.End)
        {
            throw new MessagePackFormatException(reader.Consumed, $"{Remaining} bytes follow the value.");
        }

        if (depth > 0)
        {
            throw Truncated(reader.Consumed, "value");
        }
    }

    private readonly byte PeekCode() =>
        reader.TryPeek(out byte code) ? code : throw new MessagePackFormatException(reader.Consumed, "The data end where a value is expected.");

    // Reads the first byte and a big-endian length of 1, 2 or 4 bytes after it.
    private uint ReadHead(int lengthBytes)
    {
        long start = reader.Consumed;
        Span<byte> head = stackalloc byte[4];
        head = head[..lengthBytes];
        reader.Advance(1);
        if (!reader.TryCopyTo(head))
        {
            throw Truncated(start, "length");
        }

        reader.Advance(lengthBytes);
        uint length = 0;
        foreach (byte part in head)
        {
            length = (length << 8) | part;
        }

        return length;
    }

    private ReadOnlySequence<byte> ReadBody(long start, uint length, string what)
    {
        if (length > Remaining)
        {
            throw new MessagePackFormatException(start, $"The {what} has {length} bytes, but only {Remaining} are left.");
        }

        ReadOnlySequence<byte> body = reader.UnreadSequence.Slice(0, length);
        reader.Advance(length);
        EndValue();
        return body;
    }

    private void BeginContainer(long start, uint count, int bytesPerElement, string what)
    {
        if ((long)count * bytesPerElement > Remaining || count > int.MaxValue)
        {
            throw new MessagePackFormatException(start, $"The {what} has {count} elements, but only {Remaining} bytes are left.");
        }

        if (depth == maxDepth)
        {
            throw new MessagePackFormatException(start, $"The {what} is nested deeper than {maxDepth}.");
        }

        pending--; // the container is one element of the one around it
        outer[depth++] = pending;
        pending = (long)count * bytesPerElement;
        CloseContainers();
    }

    private void EndValue()
    {
        if (--pending == 0)
        {
            CloseContainers();
        }
    }

    private void CloseContainers()
    {
        while (pending == 0)
        {
            pending = outer[--depth];
        }
    }

    private readonly MessagePackFormatException Unexpected(string wanted) => FormatCode.ToType(PeekCode()) is MessagePackType found
        ? new MessagePackFormatException(reader.Consumed, $"Expected {wanted}, found {NameOf(found)}.")
        : NeverUsed();

    private readonly MessagePackFormatException NeverUsed() => new(reader.Consumed, "0xC1 starts no value.");

    private static MessagePackFormatException Truncated(long start, string what) => new(start, $"The {what} is cut short.");

    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "For a sentence, not for comparing.")]
    private static string NameOf(MessagePackType type) => type.ToString().ToLowerInvariant();

    [InlineArray(MaxMaxDepth)]
    private struct PendingStack
    {
        private long first;
    }
}
