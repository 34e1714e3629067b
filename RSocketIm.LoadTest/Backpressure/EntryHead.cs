using System.Buffers.Text;
using System.Globalization;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>What a reader of the load looks at in an entry: its seq, and when its message was due to be sent.</summary>
/// <param name="Seq">Its seq.</param>
/// <param name="Due">A moment of <see cref="System.Diagnostics.Stopwatch"/>; 0 where the load did not write it.</param>
internal readonly record struct EntryHead(long Seq, long Due)
{
    /// <summary>Bytes of a stamp: 64 bits in hex.</summary>
    public const int StampLength = 16;

    [ThreadStatic]
    private static byte[]? copy;

    /// <summary>Writes a stamp in place of another.</summary>
    public static void WriteStamp(Span<byte> text, long due) => due.TryFormat(text[..StampLength], out _, "x16", CultureInfo.InvariantCulture);

    /// <summary>Reads an entry without making strings.</summary>
    /// <exception cref="MessagePackFormatException">It is not in MessagePack.</exception>
    public static EntryHead Read(ReadOnlySpan<byte> entry)
    {
        if (copy is null || copy.Length < entry.Length)
        {
            copy = new byte[Math.Max(4_096, entry.Length)];
        }

        entry.CopyTo(copy);
        MessagePackReader reader = new(copy.AsMemory(0, entry.Length));
        long seq = 0;
        long due = 0;
        for (int fields = reader.ReadMapHeader(); fields > 0; fields--)
        {
            ReadOnlySpan<byte> key = reader.ReadStringSpan();
            if (key.SequenceEqual("seq"u8))
            {
                seq = reader.ReadInt64();
            }
            else if (key.SequenceEqual("text"u8))
            {
                ReadOnlySpan<byte> text = reader.ReadStringSpan();
                bool isStamp = text.Length >= StampLength && Utf8Parser.TryParse(text[..StampLength], out due, out int used, 'x') && used == StampLength;
                due = isStamp ? due : 0;
            }
            else
            {
                reader.Skip();
            }
        }

        return new EntryHead(seq, due);
    }
}
