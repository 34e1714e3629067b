namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Makes one block of the small ones in an aligned range.</summary>
/// <remarks>A writer that commits one message at a time leaves 128 rows where one will do: a feed that reads them back later reads one.</remarks>
internal static class BlockMerge
{
    /// <summary>The largest block, in bytes of entries, unless a single entry is larger.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>The job for one range; small enough that a commit may wait for it.</summary>
    public static WriteAction<int> Job(RoomSlot slot, long first, StoreMetrics metrics) =>
        new(log => Merge(log, slot, first), metrics.Merged) { Rearranges = true };

    private static int Merge(LogStatements log, RoomSlot slot, long first)
    {
        List<StoredBlock> blocks = LogBlocks.In(log, slot, first, first + BlockCodec.Alignment - 1);
        List<LogEntry> entries = [];
        foreach (StoredBlock block in blocks)
        {
            // Damage is for readers and verify to report; a hole is retention's.
            if (!block.IsWhole(slot) || (entries.Count > 0 && entries[^1].Seq + 1 != block.First))
            {
                return 0;
            }

            entries.AddRange(block.Read(slot));
        }

        if (blocks.Count <= CountBlocks(entries))
        {
            return 0;
        }

        LogBlocks.Delete(log, blocks);
        log.InsertBlocks(slot, entries.ToArray());
        return blocks.Count;
    }

    private static int CountBlocks(List<LogEntry> entries)
    {
        int count = 0;
        int bytes = MaxBytes;
        foreach (LogEntry entry in entries)
        {
            bytes += entry.Bytes.Length;
            if (bytes > MaxBytes)
            {
                count++;
                bytes = entry.Bytes.Length;
            }
        }

        return count;
    }
}
