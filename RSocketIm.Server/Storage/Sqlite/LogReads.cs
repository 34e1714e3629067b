namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>One read connection of <c>log.db</c>. Every method sees one snapshot a statement, whatever is being written.</summary>
internal sealed class LogReads : IDisposable
{
    private readonly Statement after;
    private readonly Statement before;
    private readonly Statement targeting;
    private readonly Statement receipt;
    private readonly Dictionary<string, Statement> others = new(StringComparer.Ordinal);

    /// <param name="path">The file.</param>
    /// <param name="cacheBytes">Page cache, in bytes.</param>
    public LogReads(string path, long cacheBytes)
    {
        Database = Database.OpenReader(path, cacheBytes);
        const string Columns = "SELECT number, place, last_seq, checksum, data FROM blocks";

        // last_seq is in the index, so blocks that end too soon are passed without being read.
        after = Database.Prepare($"{Columns} WHERE place BETWEEN ?1 AND ?2 AND last_seq > ?3 ORDER BY place");
        before = Database.Prepare($"{Columns} WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC");
        targeting = Database.Prepare("SELECT seq FROM changes WHERE target BETWEEN ?1 AND ?2 ORDER BY seq");
        receipt = Database.Prepare("SELECT read_seq FROM receipts WHERE room = ?1 AND user = ?2");
    }

    public Database Database { get; }

    /// <summary>The statement of this text, prepared when first asked for.</summary>
    public Statement Get(string sql)
    {
        if (!others.TryGetValue(sql, out Statement? statement))
        {
            others[sql] = statement = Database.Prepare(sql);
        }

        return statement;
    }

    /// <summary>The blocks that hold entries after a seq, in order.</summary>
    /// <remarks>A block that holds the next entry begins in its aligned range, for blocks do not cross those.</remarks>
    public IEnumerable<StoredBlock> BlocksAfter(RoomSlot slot, long seq, long last = Place.MaxSeq)
    {
        after.Bind(1, Place.Of(slot.Number, BlockCodec.AlignedFirst(seq + 1))).Bind(2, Place.Of(slot.Number, last)).Bind(3, seq);
        return Blocks(after);
    }

    /// <summary>The blocks that begin before a seq, newest first.</summary>
    public IEnumerable<StoredBlock> BlocksBefore(RoomSlot slot, long seq)
    {
        before.Bind(1, Place.Of(slot.Number, 0)).Bind(2, Place.Of(slot.Number, seq - 1));
        return Blocks(before);
    }

    /// <summary>Seqs of the edits, deletes and reactions for messages of a range, ascending.</summary>
    public List<long> Targeting(RoomSlot slot, long firstTarget, long lastTarget)
    {
        targeting.Bind(1, Place.Of(slot.Number, firstTarget)).Bind(2, Place.Of(slot.Number, Math.Min(lastTarget, Place.MaxSeq)));
        List<long> seqs = [];
        while (targeting.Step())
        {
            seqs.Add(targeting.Long(0));
        }

        return seqs;
    }

    public long Receipt(RoomSlot slot, string user) => receipt.Bind(1, slot.Number).Bind(2, user).ReadLong() ?? 0;

    public void Dispose() => Database.Dispose();

    private static IEnumerable<StoredBlock> Blocks(Statement statement)
    {
        try
        {
            while (statement.Step())
            {
                yield return new StoredBlock(
                    statement.Long(0), Place.SeqOf(statement.Long(1)), statement.Long(2), (uint)statement.Long(3), statement.Blob(4));
            }
        }
        finally
        {
            statement.Reset();
        }
    }
}
