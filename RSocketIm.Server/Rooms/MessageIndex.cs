using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Where in a room's log the messages are, and whose: from the first seq that somebody asked about to the head.</summary>
/// <remarks>Filled when asked, from the tail where it can. Asked by one at a time, who waits while entries are read.</remarks>
#pragma warning disable CA1001 // The semaphore is nothing but memory: its wait handle, which would need disposing, is never asked for.
internal sealed class MessageIndex
#pragma warning restore CA1001
{
    // A seq is 4 bytes in the set of all and 4 in its author's, in arrays that double; an author is a set of two lists, a place in the dictionary and a name.
    private const long AuthorBytes = 400;
    private const long SeqBytes = 12;

    private readonly Room room;
    private readonly LogReader reader;
    private readonly SemaphoreSlim turn = new(1);
    private readonly SeqSet all;
    private readonly Dictionary<string, SeqSet> byAuthor = new(StringComparer.Ordinal);
    private readonly long origin;
    private long first;
    private long last;

    /// <summary>Creates an index that holds nothing yet.</summary>
    public MessageIndex(Room room, LogReader reader)
    {
        this.room = room;
        this.reader = reader;
        origin = last = room.Head;
        first = last + 1;
        all = new SeqSet(origin);
    }

    /// <summary>What it holds in memory, in bytes, roughly.</summary>
    public long Cost => 256 + (SeqBytes * all.Count) + (AuthorBytes * byAuthor.Count);

    /// <summary>Its place in the order of use; the owner's.</summary>
    internal LinkedListNode<MessageIndex>? Place { get; set; }

    /// <summary>What it cost when the owner looked last; the owner's.</summary>
    internal long KnownCost { get; set; }

    /// <summary>The room.</summary>
    internal Room Room => room;

    /// <summary>Messages by others than a user after a seq, those that are deleted not counted.</summary>
    /// <param name="user">The user.</param>
    /// <param name="after">The seq, 0 or more.</param>
    /// <param name="cancellationToken">Ends the reading; what was read stays.</param>
    public async ValueTask<long> CountByOthersAsync(string user, long after, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ReadNewAsync(cancellationToken).ConfigureAwait(false);
            await ReadOldAsync(after, cancellationToken).ConfigureAwait(false);
            long retained = Math.Max(after, room.FirstSeq - 1);
            return all.CountAfter(retained) - (byAuthor.TryGetValue(user, out SeqSet? own) ? own.CountAfter(retained) : 0);
        }
        finally
        {
            turn.Release();
        }
    }

    private async ValueTask ReadNewAsync(CancellationToken cancellationToken)
    {
        long head = room.Head;
        while (last < head)
        {
            // Where retention has passed the index by, there is nothing to read and nothing to count.
            last = Math.Max(last, room.FirstSeq - 1);
            if (last >= head)
            {
                return;
            }

            foreach (LogEntry entry in await reader.ReadAfterAsync(room, last, head, cancellationToken).ConfigureAwait(false))
            {
                Add(entry, static (set, seq) => set.AddNewest(seq));
                last = entry.Seq;
            }
        }
    }

    private async ValueTask ReadOldAsync(long after, CancellationToken cancellationToken)
    {
        while (first > Math.Max(after, room.FirstSeq - 1) + 1)
        {
            IReadOnlyList<LogEntry> step = await reader.ReadBeforeAsync(room, first, cancellationToken).ConfigureAwait(false);
            for (int i = step.Count - 1; i >= 0; i--)
            {
                // An entry about another is of no use here: what it deleted has lost its words before it could be read.
                if (step[i].Kind == EntryKind.Message)
                {
                    Add(step[i], static (set, seq) => set.AddOldest(seq));
                }

                first = step[i].Seq;
            }
        }
    }

    private void Add(LogEntry entry, Action<SeqSet, long> add)
    {
        if (entry.Kind == EntryKind.Message)
        {
            if (!byAuthor.TryGetValue(entry.From, out SeqSet? own))
            {
                byAuthor[entry.From] = own = new SeqSet(origin);
            }

            add(all, entry.Seq);
            add(own, entry.Seq);
        }
        else if (entry.Kind == EntryKind.Delete)
        {
            all.Remove(entry.Target);
            foreach (SeqSet own in byAuthor.Values)
            {
                own.Remove(entry.Target);
            }
        }
    }
}
