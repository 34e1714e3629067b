using System.Buffers;
using System.Text;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Entries to the bytes of a block and back.</summary>
/// <remarks>
/// <code>
/// version (1)  senders: count, then length + UTF-8 each
/// per entry:   kind (1)  sender  time since the entry before  target or 0  length  the entry's bytes as they go on the wire
/// </code>
/// Numbers are LEB128. The few fields the server acts on stand beside the bytes, so that reading a block parses no
/// MessagePack; a sender who wrote 50 entries of a block is named once and is one string in memory.
/// </remarks>
internal static class BlockCodec
{
    /// <summary>
    /// Blocks never cross a multiple of this: what feeds ask for (<c>BlockCache</c>) is then always whole blocks, whatever commits
    /// they came with. 128 entries of a usual 200 bytes are 25 KiB.
    /// </summary>
    public const int Alignment = 128;

    private const byte Version = 1;

    /// <summary>The first seq of the aligned range in which a seq lies.</summary>
    public static long AlignedFirst(long seq) => seq - ((seq - 1) % Alignment);

    /// <summary>Appends a block.</summary>
    /// <param name="entries">Consecutive entries, at least one.</param>
    /// <param name="output">Where to.</param>
    public static void Write(ReadOnlySpan<LogEntry> entries, IBufferWriter<byte> output)
    {
        List<string> senders = [];
        foreach (LogEntry entry in entries)
        {
            if (!senders.Contains(entry.From))
            {
                senders.Add(entry.From);
            }
        }

        WriteByte(output, Version);
        WriteNumber(output, (ulong)senders.Count);
        foreach (string sender in senders)
        {
            WriteNumber(output, (ulong)Encoding.UTF8.GetByteCount(sender));
            Encoding.UTF8.GetBytes(sender, output);
        }

        long at = 0;
        foreach (LogEntry entry in entries)
        {
            WriteByte(output, (byte)entry.Kind);
            WriteNumber(output, (ulong)senders.IndexOf(entry.From));
            WriteNumber(output, (ulong)(entry.At - at));
            WriteNumber(output, (ulong)entry.Target);
            WriteNumber(output, (ulong)entry.Bytes.Length);
            output.Write(entry.Bytes.Span);
            at = entry.At;
        }
    }

    /// <summary>Reads a block whose checksum was right.</summary>
    /// <param name="first">Seq of its first entry.</param>
    /// <param name="last">Seq of its last entry.</param>
    /// <param name="data">The block; the entries keep pointing into it.</param>
    /// <exception cref="InvalidDataException">It is no block of that many entries.</exception>
    public static LogEntry[] Read(long first, long last, byte[] data)
    {
        Cursor cursor = new(data);
        string[] senders = ReadSenders(ref cursor);
        LogEntry[] entries = new LogEntry[last - first + 1];
        long at = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            EntryKind kind = (EntryKind)cursor.Byte();
            string from = senders[cursor.Length(senders.Length - 1)];
            at += (long)cursor.Number();
            long target = (long)cursor.Number();
            int length = cursor.Length(data.Length);
            entries[i] = new LogEntry(first + i, at, kind, from, target, data.AsMemory(cursor.Skip(length), length));
        }

        cursor.RequireEnd();
        return entries;
    }

    /// <summary>Counts messages in a block without making its entries.</summary>
    /// <param name="first">Seq of its first entry.</param>
    /// <param name="last">Seq of its last entry.</param>
    /// <param name="data">The block.</param>
    /// <param name="after">Only those after this seq.</param>
    /// <param name="exceptFrom">Only those of others; null for all.</param>
    public static long CountMessages(long first, long last, byte[] data, long after, string? exceptFrom)
    {
        Cursor cursor = new(data);
        int except = Array.IndexOf(ReadSenders(ref cursor), exceptFrom);
        long count = 0;
        for (long seq = first; seq <= last; seq++)
        {
            EntryKind kind = (EntryKind)cursor.Byte();
            int sender = cursor.Length(int.MaxValue);
            cursor.Number();
            cursor.Number();
            cursor.Skip(cursor.Length(data.Length));
            count += kind == EntryKind.Message && seq > after && sender != except ? 1 : 0;
        }

        return count;
    }

    private static string[] ReadSenders(ref Cursor cursor)
    {
        if (cursor.Byte() is not Version and byte version)
        {
            throw new InvalidDataException($"A block has version {version}, this program knows {Version}.");
        }

        string[] senders = new string[cursor.Length(Alignment)];
        for (int i = 0; i < senders.Length; i++)
        {
            senders[i] = cursor.Text(cursor.Length(1 << 10));
        }

        return senders;
    }

    private static void WriteByte(IBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private static void WriteNumber(IBufferWriter<byte> output, ulong value)
    {
        Span<byte> span = output.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        output.Advance(length);
    }

    private ref struct Cursor(ReadOnlySpan<byte> data)
    {
        private readonly ReadOnlySpan<byte> data = data;
        private int position;

        public byte Byte() => data[Skip(1)];

        public ulong Number()
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                byte part = Byte();
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80)
                {
                    return value;
                }
            }

            throw new InvalidDataException("A number in a block does not end.");
        }

        public int Length(int most) => Number() is { } value && most >= 0 && value <= (ulong)most
            ? (int)value
            : throw new InvalidDataException($"A number in a block is over {most}.");

        public string Text(int length) => Encoding.UTF8.GetString(data.Slice(Skip(length), length));

        public int Skip(int length)
        {
            int start = position;
            if (length > data.Length - start)
            {
                throw new InvalidDataException($"A block of {data.Length} bytes ends too soon.");
            }

            position = start + length;
            return start;
        }

        public readonly void RequireEnd()
        {
            if (position != data.Length)
            {
                throw new InvalidDataException($"A block has {data.Length - position} bytes too many.");
            }
        }
    }
}
