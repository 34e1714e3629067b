using System.Buffers;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>The write connection of <c>log.db</c> with the statements of a commit. The writer's thread alone uses it.</summary>
internal sealed class LogStatements : IDisposable
{
    private readonly long cacheBytes;
    private readonly Dictionary<string, Statement> others = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> buffer = new(64 << 10);
    private readonly Statement begin;
    private readonly Statement commit;
    private readonly Statement insertBlock;

    /// <param name="path">The file.</param>
    /// <param name="cacheBytes">Page cache, in bytes.</param>
    public LogStatements(string path, long cacheBytes)
    {
        this.cacheBytes = cacheBytes;
        Database = Database.OpenWriter(path, durable: true, cacheBytes);
        begin = Database.Prepare("BEGIN IMMEDIATE");
        commit = Database.Prepare("COMMIT");
        insertBlock = Database.Prepare("INSERT INTO blocks (place, last_seq, last_at, messages, checksum, data) VALUES (?, ?, ?, ?, ?, ?)");
    }

    public Database Database { get; }

    /// <summary>Bytes written since the last checkpoint, roughly.</summary>
    public long Written { get; set; }

    /// <summary>The same file once more, with another connection.</summary>
    public LogStatements OpenAgain() => new(Database.Path, cacheBytes);

    public void Begin() => begin.Execute();

    public void Commit() => commit.Execute();

    /// <summary>The statement of this text, prepared when first asked for.</summary>
    public Statement Get(string sql)
    {
        if (!others.TryGetValue(sql, out Statement? statement))
        {
            others[sql] = statement = Database.Prepare(sql);
        }

        // A page and its index page, roughly, whatever it writes.
        Written += 8 << 10;
        return statement;
    }

    /// <summary>Writes entries as blocks, cut where blocks are aligned and where they would become large.</summary>
    /// <param name="slot">The room.</param>
    /// <param name="entries">Consecutive entries.</param>
    public void InsertBlocks(RoomSlot slot, ReadOnlySpan<LogEntry> entries)
    {
        int start = 0;
        int bytes = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            bytes += entries[i].Bytes.Length;
            bool last = i == entries.Length - 1;
            if (last || entries[i].Seq % BlockCodec.Alignment == 0 || bytes + entries[i + 1].Bytes.Length > BlockMerge.MaxBytes)
            {
                InsertBlock(slot, entries[start..(i + 1)]);
                start = i + 1;
                bytes = 0;
            }
        }
    }

    /// <summary>Puts other entries, of the same seqs, into a block that is there.</summary>
    public void ReplaceBlock(RoomSlot slot, long number, ReadOnlySpan<LogEntry> entries)
    {
        ReadOnlySpan<byte> data = Encode(entries);
        Get("UPDATE blocks SET messages = ?2, checksum = ?3, data = ?4 WHERE number = ?1")
            .Bind(1, number).Bind(2, CountMessages(entries)).Bind(3, Checksum.OfBlock(slot.LogChecksum, entries[0].Seq, entries[^1].Seq, data)).Bind(4, data)
            .Execute();
        Written += data.Length;
    }

    public void Dispose() => Database.Dispose();

    private static long CountMessages(ReadOnlySpan<LogEntry> entries)
    {
        long count = 0;
        foreach (LogEntry entry in entries)
        {
            count += entry.Kind == EntryKind.Message ? 1 : 0;
        }

        return count;
    }

    private void InsertBlock(RoomSlot slot, ReadOnlySpan<LogEntry> entries)
    {
        ReadOnlySpan<byte> data = Encode(entries);
        LogEntry last = entries[^1];
        insertBlock
            .Bind(1, Place.Of(slot.Number, entries[0].Seq)).Bind(2, last.Seq).Bind(3, last.At).Bind(4, CountMessages(entries))
            .Bind(5, Checksum.OfBlock(slot.LogChecksum, entries[0].Seq, last.Seq, data)).Bind(6, data)
            .Execute();
        Written += data.Length + (8 << 10);
    }

    private ReadOnlySpan<byte> Encode(ReadOnlySpan<LogEntry> entries)
    {
        buffer.ResetWrittenCount();
        BlockCodec.Write(entries, buffer);
        return buffer.WrittenSpan;
    }
}
