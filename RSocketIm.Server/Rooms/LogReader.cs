using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Reads visible entries of a room from memory where they are, else from the store.</summary>
internal sealed class LogReader(IRoomStore store)
{
    // As much as one step of a page needs; a page that skips many edits and reactions takes several steps.
    private static readonly BlockLimit Step = new(256, 256 << 10);

    /// <summary>Entries after a seq.</summary>
    /// <param name="room">The room.</param>
    /// <param name="after">The seq before the first one wanted, FirstSeq - 1..<paramref name="head"/> - 1.</param>
    /// <param name="head">The last seq to return.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>At least one entry, oldest first; none when retention was faster, and the room's <c>FirstSeq</c> has moved.</returns>
    public async ValueTask<IReadOnlyList<LogEntry>> ReadAfterAsync(Room room, long after, long head, CancellationToken cancellationToken)
    {
        List<LogEntry> found = [];
        for (long seq = after + 1; seq <= head && found.Count < Step.Entries && room.Tail.Find(seq) is { } entry; seq++)
        {
            found.Add(entry);
        }

        if (found.Count > 0)
        {
            return found;
        }

        EntryBlock block;
        try
        {
            block = await store.ReadAfterAsync(room.Id, after, Step, cancellationToken).ConfigureAwait(false);
        }
        catch (EntriesRemovedException removed)
        {
            room.MoveFirstSeq(removed.FirstSeq);
            return [];
        }

        RequireEntries(block, room, after + 1);

        // The store may have entries whose commit is not published yet.
        return block.Last <= head ? block.Entries : [.. block.Entries.TakeWhile(entry => entry.Seq <= head)];
    }

    /// <summary>The newest entries before a seq.</summary>
    /// <param name="room">The room.</param>
    /// <param name="before">The seq after the last one wanted, FirstSeq + 1..the room's head + 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>At least one entry, oldest first; none when retention was faster, and the room's <c>FirstSeq</c> has moved.</returns>
    public async ValueTask<IReadOnlyList<LogEntry>> ReadBeforeAsync(Room room, long before, CancellationToken cancellationToken)
    {
        List<LogEntry> found = [];
        for (long seq = before - 1; seq > 0 && found.Count < Step.Entries && room.Tail.Find(seq) is { } entry; seq--)
        {
            found.Add(entry);
        }

        if (found.Count > 0)
        {
            found.Reverse();
            return found;
        }

        EntryBlock block;
        try
        {
            block = await store.ReadBeforeAsync(room.Id, before, Step, cancellationToken).ConfigureAwait(false);
        }
        catch (EntriesRemovedException removed)
        {
            room.MoveFirstSeq(removed.FirstSeq);
            return [];
        }

        RequireEntries(block, room, before - 1);
        return block.Entries;
    }

    private static void RequireEntries(EntryBlock block, Room room, long seq)
    {
        if (block.Find(seq) is null)
        {
            throw new InvalidDataException($"The store has no entry {seq} of room {room.Id}, head {room.Head}.");
        }
    }
}
