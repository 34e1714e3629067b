using System.Collections.Immutable;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Reads rooms' entries: out of blocks that are whole, without a silent hole, and without words that were deleted.</summary>
internal sealed class RoomLog(ReadPool<LogReads> pool, Maintenance maintenance)
{
    /// <summary>See <see cref="IRoomStore.ReadAfterAsync"/>.</summary>
    public EntryBlock ReadAfter(LogReads reads, RoomSlot slot, long after, BlockLimit limit)
    {
        if (after >= slot.Head)
        {
            return EntryBlock.Empty;
        }

        if (after + 1 < slot.FirstSeq)
        {
            throw new EntriesRemovedException(slot.Room, slot.FirstSeq);
        }

        // Before the blocks are read: a scrub that ends meanwhile takes its message off the list, while the blocks in hand
        // are still those of before.
        ImmutableHashSet<long> scrubs = slot.Scrubs;
        List<LogEntry> found = new(Math.Min(limit.Entries, BlockCodec.Alignment));
        long next = after + 1;
        long bytes = 0;
        foreach (StoredBlock block in reads.BlocksAfter(slot, after))
        {
            if (block.First > next || !TryRead(slot, block, out LogEntry[] entries))
            {
                break;
            }

            foreach (LogEntry entry in entries.AsSpan((int)(next - block.First)))
            {
                if (found.Count == limit.Entries || (found.Count > 0 && bytes + entry.Bytes.Length > limit.Bytes))
                {
                    return new EntryBlock([.. found]);
                }

                found.Add(Show(scrubs, entry));
                bytes += entry.Bytes.Length;
            }

            next = block.Last + 1;
            maintenance.BlockRead(slot, block);
            if (found.Count == limit.Entries)
            {
                break; // or the next block would be read for nothing
            }
        }

        if (found.Count == 0)
        {
            ThrowMissing(slot, next);
        }

        return new EntryBlock([.. found]);
    }

    /// <summary>See <see cref="IRoomStore.ReadBeforeAsync"/>.</summary>
    public EntryBlock ReadBefore(LogReads reads, RoomSlot slot, long before, BlockLimit limit)
    {
        if (before > 1 && before <= slot.FirstSeq)
        {
            throw new EntriesRemovedException(slot.Room, slot.FirstSeq);
        }

        long next = Math.Min(before - 1, slot.Head);
        if (next < slot.FirstSeq)
        {
            return EntryBlock.Empty;
        }

        // As above: before the blocks are read.
        ImmutableHashSet<long> scrubs = slot.Scrubs;
        List<LogEntry> found = new(Math.Min(limit.Entries, BlockCodec.Alignment));
        long bytes = 0;
        foreach (StoredBlock block in reads.BlocksBefore(slot, next + 1))
        {
            if (block.Last < next || !TryRead(slot, block, out LogEntry[] entries))
            {
                break;
            }

            for (; next >= block.First; next--)
            {
                LogEntry entry = entries[next - block.First];
                if (found.Count == limit.Entries || (found.Count > 0 && bytes + entry.Bytes.Length > limit.Bytes))
                {
                    found.Reverse();
                    return new EntryBlock([.. found]);
                }

                found.Add(Show(scrubs, entry));
                bytes += entry.Bytes.Length;
            }

            maintenance.BlockRead(slot, block);
            if (found.Count == limit.Entries)
            {
                break;
            }
        }

        if (found.Count == 0)
        {
            ThrowMissing(slot, next);
        }

        found.Reverse();
        return new EntryBlock([.. found]);
    }

    /// <summary>Entries of ascending seqs, each block read once.</summary>
    public List<LogEntry> ReadMany(LogReads reads, RoomSlot slot, List<long> seqs)
    {
        List<LogEntry> found = new(seqs.Count);
        EntryBlock block = EntryBlock.Empty;
        foreach (long seq in seqs)
        {
            if (seq < slot.FirstSeq || seq > slot.Head)
            {
                continue;
            }

            if (block.Find(seq) is null)
            {
                int rest = BlockCodec.Alignment - (int)((seq - 1) % BlockCodec.Alignment);
                block = ReadAfter(reads, slot, seq - 1, new BlockLimit(rest, int.MaxValue));
            }

            found.Add(block.Find(seq)!);
        }

        return found;
    }

    /// <summary>One entry; null when retention removed it.</summary>
    public LogEntry? Find(RoomSlot slot, long seq) => seq < slot.FirstSeq
        ? null
        : pool.RunHere((this, slot, seq), static (reads, ask) => ask.Item1.ReadAfter(reads, ask.slot, ask.seq - 1, new BlockLimit(1, 1)).Find(ask.seq));

    /// <summary>Counts messages after a seq by others than one user.</summary>
    public long CountMessages(LogReads reads, RoomSlot slot, long after, string? exceptFrom)
    {
        long count = 0;
        foreach (StoredBlock block in reads.BlocksAfter(slot, after))
        {
            if (block.IsWhole(slot))
            {
                count += BlockCodec.CountMessages(block.First, block.Last, block.Data, after, exceptFrom);
            }
            else
            {
                // A count for people: better a little low than none.
                maintenance.BlockDamaged(slot, block, "Its checksum differs.");
            }
        }

        return count;
    }

    private static LogEntry Show(ImmutableHashSet<long> scrubs, LogEntry entry)
    {
        // The words of a deleted message may still be on disk for a moment; nobody reads them there any more.
        long message = entry.Kind == EntryKind.Edit ? entry.Target : entry.Seq;
        return !scrubs.IsEmpty && scrubs.Contains(message) ? ScrubbedForm.Of(entry) : entry;
    }

    private bool TryRead(RoomSlot slot, StoredBlock block, out LogEntry[] entries)
    {
        try
        {
            entries = block.Read(slot);
            return true;
        }
        catch (Exception error) when (error is InvalidDataException or IndexOutOfRangeException)
        {
            maintenance.BlockDamaged(slot, block, error.Message);
            entries = [];
            return false;
        }
    }

    private static void ThrowMissing(RoomSlot slot, long seq)
    {
        if (Math.Max(slot.FirstSeq, slot.RemovingTo) is { } first && seq < first)
        {
            throw new EntriesRemovedException(slot.Room, first);
        }

        foreach (DamagedBlock damage in slot.Damages)
        {
            if (seq >= damage.First && seq <= damage.Last)
            {
                throw new DamagedBlockException(damage);
            }
        }

        throw new InvalidDataException($"Entry {seq} of room {slot.Room} is not on disk, although its head is {slot.Head}; run verify.");
    }
}
