using System.Buffers;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Storage;

/// <summary>One entry of a room's log: its bytes as they go on the wire, and the few fields the server itself acts on.</summary>
/// <remarks>Immutable and shared by everybody who reads it: encoded once when it is committed, transcoded once when the first JSON reader comes.</remarks>
internal sealed class LogEntry
{
    // This object, the two arrays' headers, and its place in a tail's ring, rounded up.
    private const int Overhead = 176;
    private const int LargestKeptBuffer = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    private byte[]? json;

    /// <summary>Creates an entry from its parts.</summary>
    /// <param name="seq">Place in the log, 1 or more.</param>
    /// <param name="at">Unix milliseconds.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="from">Who caused it.</param>
    /// <param name="target">Seq of the message that an edit, delete or reaction is about, else 0.</param>
    /// <param name="bytes">The RoomEvent in MessagePack. Nobody changes them any more.</param>
    public LogEntry(long seq, long at, EntryKind kind, string from, long target, ReadOnlyMemory<byte> bytes)
    {
        Seq = seq;
        At = at;
        Kind = kind;
        From = from;
        Target = target;
        Bytes = bytes;
    }

    /// <summary>Place in the log: 1, 2, 3 … without holes.</summary>
    public long Seq { get; }

    /// <summary>When it was committed, in Unix milliseconds.</summary>
    public long At { get; }

    /// <summary>What it is.</summary>
    public EntryKind Kind { get; }

    /// <summary>Who caused it.</summary>
    public string From { get; }

    /// <summary>Seq of the message that an edit, delete or reaction is about, else 0.</summary>
    public long Target { get; }

    /// <summary>The RoomEvent in MessagePack.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The RoomEvent in JSON, made when first asked for.</summary>
    // Two readers may make it at the same time; one wins, both copies are the same.
    public ReadOnlyMemory<byte> Json => Volatile.Read(ref json) ?? Interlocked.CompareExchange(ref json, ToJson(), null) ?? json!;

    /// <summary>The entries that became visible together with this one, framed for all who read along; null when few read or few there were.</summary>
    public PayloadRun? Run { get; private set; }

    /// <summary>Which of <see cref="Run"/> this one is.</summary>
    public int RunIndex { get; private set; }

    /// <summary>What the entry costs in memory, in bytes. Counts the JSON copy too, for one reader in JSON makes it exist, and the one in the run.</summary>
    public int Cost => Overhead + ((Run is null ? 2 : 3) * Bytes.Length) + (Run is null ? 0 : PayloadRun.Overhead);

    /// <summary>Says where it lies in a run. Once, before others see the entry.</summary>
    public void PlaceIn(PayloadRun run, int index) => (Run, RunIndex) = (run, index);

    /// <summary>Encodes an event, which must have its seq and time.</summary>
    /// <param name="content">The event.</param>
    public static LogEntry Encode(RoomEvent content)
    {
        ArrayBufferWriter<byte> output = RentBuffer();
        RoomEvent.Format.Write(DataFormat.MessagePack, output, content);
        byte[] bytes = output.WrittenSpan.ToArray();
        return new LogEntry(content.Seq, content.At, KindOf(content), content.From ?? "", content.Target ?? 0, bytes);
    }

    /// <summary>Makes an entry from the bytes that a store kept.</summary>
    /// <param name="bytes">A RoomEvent in MessagePack; the entry's from now on.</param>
    /// <exception cref="RecordFormatException">It is no RoomEvent.</exception>
    public static LogEntry FromBytes(ReadOnlyMemory<byte> bytes)
    {
        RoomEvent content = RoomEvent.Format.Read(DataFormat.MessagePack, bytes);
        return new LogEntry(content.Seq, content.At, KindOf(content), content.From ?? "", content.Target ?? 0, bytes);
    }

    /// <summary>Takes the entry apart.</summary>
    public RoomEvent Decode() => RoomEvent.Format.Read(DataFormat.MessagePack, Bytes);

    private static EntryKind KindOf(RoomEvent content) => content.Type switch
    {
        RoomEventTypes.Message => content.Deleted == true ? EntryKind.Redacted : EntryKind.Message,
        RoomEventTypes.Edit => EntryKind.Edit,
        RoomEventTypes.Delete => EntryKind.Delete,
        RoomEventTypes.Reaction => EntryKind.Reaction,
        RoomEventTypes.Member => EntryKind.Member,
        RoomEventTypes.Room => EntryKind.Room,
        RoomEventTypes.Gap => EntryKind.Gap,
        _ => throw new ArgumentException($"A log has no entries of type {content.Type}.", nameof(content)),
    };

    private static ArrayBufferWriter<byte> RentBuffer()
    {
        // One for the thread; a giant that passed by once is not kept.
        if (buffer is null || buffer.Capacity > LargestKeptBuffer)
        {
            buffer = new ArrayBufferWriter<byte>(1024);
        }

        buffer.ResetWrittenCount();
        return buffer;
    }

    private byte[] ToJson()
    {
        ArrayBufferWriter<byte> output = RentBuffer();
        MessagePackToJson.Convert(new ReadOnlySequence<byte>(Bytes), output);
        return output.WrittenSpan.ToArray();
    }
}
