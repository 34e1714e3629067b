namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Full-text search: filled from the log in the background, asked by anybody.</summary>
internal sealed class SearchIndex(SearchFile file, RoomSlots slots, ReadPool<LogReads> pool, RoomLog roomLog, Maintenance maintenance, PageCaches caches) : IDisposable
{
    /// <summary>Two connections: a search over millions of messages may take a while, and must not take all readers with it.</summary>
    internal const int Connections = 2;
    private const int EntriesAStep = 512;
    private static readonly BlockLimit Read = new(EntriesAStep, 256 << 10);

    private readonly ReadPool<SearchReads> readers = new(() => new SearchReads(file.Path, caches.SearchReader), Connections);

    /// <summary>See <see cref="IMessageSearch"/>.</summary>
    public ValueTask<FoundMessages> SearchAsync(string query, string? room, Func<string, bool> mayRead, int limit, CancellationToken cancellationToken)
    {
        string? expression = SearchText.ToExpression(query);
        RoomSlot? only = room is null ? null : slots.Find(room);
        if (expression is null || (room is not null && only is null))
        {
            return ValueTask.FromResult(new FoundMessages([], false));
        }

        if (only is not null)
        {
            expression = $"room : {SearchFile.RoomWord(only)} AND text : ({expression})";
        }
        else
        {
            expression = $"text : ({expression})";
        }

        return readers.RunAsync((expression, mayRead, limit), (reads, ask) => Find(reads, ask.expression, ask.mayRead, ask.limit, cancellationToken), cancellationToken);
    }

    /// <summary>Takes in a part of what the log has and the index has not.</summary>
    /// <returns>Whether anything was done.</returns>
    public bool Fill()
    {
        List<(RoomSlot Slot, long SearchedTo, IReadOnlyList<LogEntry> Entries)> batch = [];
        HashSet<RoomSlot> taken = [];
        int count = 0;
        while (count < EntriesAStep && maintenance.TryTakeSearch(out RoomSlot slot))
        {
            // Written to again since this batch has taken it: reading on would begin where the last batch ended. It has its next turn below.
            if (taken.Contains(slot))
            {
                continue;
            }

            (long searchedTo, IReadOnlyList<LogEntry> entries) = ReadNext(slot);
            if (searchedTo > slot.SearchedTo)
            {
                batch.Add((slot, searchedTo, entries));
                taken.Add(slot);
                count += entries.Count;
            }
        }

        if (batch.Count == 0)
        {
            return false;
        }

        try
        {
            file.Apply(batch);
        }
        catch
        {
            foreach ((RoomSlot slot, _, _) in batch)
            {
                maintenance.AddSearch(slot);
            }

            throw;
        }

        foreach ((RoomSlot slot, long searchedTo, _) in batch)
        {
            slot.SearchedTo = searchedTo;
            if (searchedTo < slot.Head)
            {
                maintenance.AddSearch(slot);
            }
        }

        return true;
    }

    /// <inheritdoc cref="SearchFile.Forget" />
    public void Forget(RoomSlot slot, IEnumerable<long> seqs) => file.Forget(slot, seqs);

    /// <inheritdoc cref="SearchFile.ForgetBefore" />
    public bool ForgetBefore(RoomSlot slot, long seq) => file.ForgetBefore(slot, seq);

    /// <inheritdoc cref="SearchFile.TryTruncateWal" />
    public bool TryTruncateWal() => file.TryTruncateWal();

    public void Dispose()
    {
        readers.Dispose();
        file.Dispose();
    }

    private FoundMessages Find(SearchReads reads, string expression, Func<string, bool> mayRead, int limit, CancellationToken cancellationToken)
    {
        List<FoundMessage> found = [];
        foreach ((long at, long place, string from, string text) in reads.Find(expression))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long seq = Place.SeqOf(place);

            // The index runs a moment behind: what was deleted or removed meanwhile is not shown.
            if (slots.Find(Place.RoomOf(place)) is not { } slot || seq < slot.FirstSeq || slot.Scrubs.Contains(seq) || !mayRead(slot.Room))
            {
                continue;
            }

            if (found.Count == limit)
            {
                return new FoundMessages(found, true);
            }

            found.Add(new FoundMessage(slot.Room, seq, at, from, text));
        }

        return new FoundMessages(found, false);
    }

    private (long SearchedTo, IReadOnlyList<LogEntry> Entries) ReadNext(RoomSlot slot)
    {
        try
        {
            EntryBlock block = pool.RunHere((roomLog, slot), static (reads, ask) => ask.roomLog.ReadAfter(reads, ask.slot, ask.slot.SearchedTo, Read));
            return (Math.Max(block.Last, slot.SearchedTo), block.Entries);
        }
        catch (EntriesRemovedException removed)
        {
            return (removed.FirstSeq - 1, []);
        }
        catch (DamagedBlockException damaged)
        {
            // Reported where it was found; search goes on behind it.
            return (damaged.Block.Last, []);
        }
    }
}
