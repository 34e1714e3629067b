namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Removes the oldest entries of a room.</summary>
internal static class Retention
{
    // Entries a transaction removes: 64 blocks, a few milliseconds that a commit may have to wait.
    private const int Step = 64 * BlockCodec.Alignment;

    /// <summary>The seq before which a policy wants nothing kept.</summary>
    public static long FirstToKeep(LogReads reads, RoomSlot slot, RetentionPolicy policy, long now)
    {
        long first = slot.FirstSeq;
        if (policy.Entries is { } entries)
        {
            first = Math.Max(first, slot.Head - entries + 1);
        }

        return policy.Age is { } age ? Math.Max(first, FirstSince(reads, slot, now - (long)age.TotalMilliseconds)) : first;
    }

    /// <summary>The next job on the way to a first seq.</summary>
    /// <param name="slot">The room.</param>
    /// <param name="firstSeq">The seq to arrive at, beyond the room's first one.</param>
    public static WriteAction<long> Job(RoomSlot slot, long firstSeq)
    {
        long next = Math.Min(firstSeq, BlockCodec.AlignedFirst(slot.FirstSeq) + Step);
        slot.RemovingTo = next;
        return new WriteAction<long>(log => Remove(log, slot, next), removedTo => slot.FirstSeq = removedTo);
    }

    private static long Remove(LogStatements log, RoomSlot slot, long firstSeq)
    {
        log.Get("UPDATE rooms SET first_seq = ?2 WHERE number = ?1").Bind(1, slot.Number).Bind(2, firstSeq).Execute();
        LogEntry[] kept = firstSeq <= slot.Head && LogBlocks.Holding(log, slot, firstSeq) is { } cut && cut.First < firstSeq && cut.IsWhole(slot)
            ? cut.Read(slot)[(int)(firstSeq - cut.First)..]
            : [];
        long least = Place.Of(slot.Number, 0);
        long most = Place.Of(slot.Number, firstSeq - 1);
        foreach (string sql in (ReadOnlySpan<string>)[
            "DELETE FROM blocks WHERE place BETWEEN ?1 AND ?2",
            "DELETE FROM changes WHERE target BETWEEN ?1 AND ?2",
            "DELETE FROM scrubs WHERE target BETWEEN ?1 AND ?2",
            "DELETE FROM attachment_uses WHERE place BETWEEN ?1 AND ?2"])
        {
            log.Get(sql).Bind(1, least).Bind(2, most).Execute();
        }

        log.Get("DELETE FROM damaged WHERE place BETWEEN ?1 AND ?2 AND last_seq < ?3").Bind(1, least).Bind(2, most).Bind(3, firstSeq).Execute();
        if (kept.Length > 0)
        {
            log.InsertBlocks(slot, kept);
        }

        return firstSeq;
    }

    private static long FirstSince(LogReads reads, RoomSlot slot, long at)
    {
        Statement select = reads.Get("SELECT place, last_seq, last_at, checksum, data FROM blocks WHERE place BETWEEN ?1 AND ?2 ORDER BY place")
            .Bind(1, Place.Of(slot.Number, 0)).Bind(2, Place.Of(slot.Number, Place.MaxSeq));
        try
        {
            while (select.Step())
            {
                if (select.Long(2) >= at)
                {
                    StoredBlock block = new(0, Place.SeqOf(select.Long(0)), select.Long(1), (uint)select.Long(3), select.Blob(4));
                    LogEntry[] entries = block.IsWhole(slot) ? block.Read(slot) : [];
                    return Array.Find(entries, entry => entry.At >= at)?.Seq ?? block.First;
                }
            }

            return slot.Head + 1;
        }
        finally
        {
            select.Reset();
        }
    }
}
