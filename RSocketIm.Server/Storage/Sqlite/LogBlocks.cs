namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Blocks as the writer finds and removes them, inside its transactions.</summary>
internal static class LogBlocks
{
    /// <summary>The blocks that begin in a range.</summary>
    public static List<StoredBlock> In(LogStatements log, RoomSlot slot, long first, long last)
    {
        Statement select = log.Get("SELECT number, place, last_seq, checksum, data FROM blocks WHERE place BETWEEN ?1 AND ?2 ORDER BY place")
            .Bind(1, Place.Of(slot.Number, first)).Bind(2, Place.Of(slot.Number, last));
        List<StoredBlock> blocks = [];
        while (select.Step())
        {
            blocks.Add(new StoredBlock(select.Long(0), Place.SeqOf(select.Long(1)), select.Long(2), (uint)select.Long(3), select.Blob(4)));
        }

        return blocks;
    }

    /// <summary>The block that holds an entry, if any.</summary>
    public static StoredBlock? Holding(LogStatements log, RoomSlot slot, long seq)
    {
        foreach (StoredBlock block in In(log, slot, BlockCodec.AlignedFirst(seq), seq))
        {
            if (block.Last >= seq)
            {
                return block;
            }
        }

        return null;
    }

    public static void Delete(LogStatements log, IEnumerable<StoredBlock> blocks)
    {
        foreach (StoredBlock block in blocks)
        {
            log.Get("DELETE FROM blocks WHERE number = ?1").Bind(1, block.Number).Execute();
        }
    }
}
