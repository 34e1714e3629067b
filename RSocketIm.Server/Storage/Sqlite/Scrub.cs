namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Takes the words of deleted messages out of the log: out of the message, and out of every edit of it.</summary>
internal static class Scrub
{
    /// <summary>The job for some messages of one room.</summary>
    /// <param name="slot">The room.</param>
    /// <param name="targets">Seqs of deleted messages.</param>
    /// <param name="scrubbed">Told of the entries as they are now, when they are durable.</param>
    public static WriteAction<List<LogEntry>> Job(RoomSlot slot, IReadOnlyCollection<long> targets, Action<List<LogEntry>> scrubbed) => new(
        log =>
        {
            List<LogEntry> replaced = [];
            foreach (long target in targets)
            {
                foreach (long seq in EditsOf(log, slot, target).Prepend(target))
                {
                    Replace(log, slot, seq, target, replaced);
                }

                long place = Place.Of(slot.Number, target);
                log.Get("DELETE FROM attachment_uses WHERE place = ?1").Bind(1, place).Execute();
                log.Get("DELETE FROM scrubs WHERE target = ?1").Bind(1, place).Execute();
            }

            return replaced;
        },
        replaced =>
        {
            slot.Scrubs = slot.Scrubs.Except(targets);
            scrubbed(replaced);
        });

    private static List<long> EditsOf(LogStatements log, RoomSlot slot, long target)
    {
        Statement select = log.Get("SELECT seq FROM changes WHERE target = ?1").Bind(1, Place.Of(slot.Number, target));
        List<long> seqs = [];
        while (select.Step())
        {
            seqs.Add(select.Long(0));
        }

        return seqs;
    }

    private static void Replace(LogStatements log, RoomSlot slot, long seq, long target, List<LogEntry> replaced)
    {
        // Retention may have removed it, or damage; what is damaged is kept aside as it is.
        if (LogBlocks.Holding(log, slot, seq) is not { } block || !block.IsWhole(slot))
        {
            return;
        }

        LogEntry[] entries = block.Read(slot);
        LogEntry entry = entries[seq - block.First];
        if (ScrubbedForm.Concerns(entry, target))
        {
            replaced.Add(entries[seq - block.First] = ScrubbedForm.Of(entry));
            log.ReplaceBlock(slot, block.Number, entries);
        }
    }
}
