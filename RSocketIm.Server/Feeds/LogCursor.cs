using RSocketIm.Protocol;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>A reader's place in one room's log. Each take gives the entry after it, from the room's tail, else from a block of the store, else parks.</summary>
/// <remarks>
/// Takes and <see cref="Close"/> must not overlap, which is the owner's to see to; the other methods come from the commit
/// loop and from reads of the store. A cursor that nobody takes from is not parked and costs a commit nothing.
/// </remarks>
internal sealed class LogCursor : IRoomReader, IBlockWaiter
{
    private readonly ILogCursorOwner owner;
    private readonly BlockCache blocks;
    private long position;
    private volatile RSocketException? stopped;
    private volatile CachedBlock? block;
    private volatile HeldEntry? inHand;
    private volatile bool waiting;

    /// <summary>Opens the cursor: from here on the room knows it and stops it when the user loses the right to read.</summary>
    /// <param name="room">The room.</param>
    /// <param name="user">Who reads.</param>
    /// <param name="after">The seq before the first one wanted, 0..head.</param>
    /// <param name="membersOnly">Whether leaving stops it also where anybody may read.</param>
    /// <param name="blocks">Where old entries come from.</param>
    /// <param name="owner">For whom it reads.</param>
    /// <exception cref="RSocketException">The user may not read.</exception>
    public LogCursor(Room room, string user, long after, bool membersOnly, BlockCache blocks, ILogCursorOwner owner)
    {
        Room = room;
        User = user;
        MembersOnly = membersOnly;
        this.blocks = blocks;
        this.owner = owner;
        position = after;
        room.Open(this);
    }

    /// <summary>The room.</summary>
    public Room Room { get; }

    /// <inheritdoc />
    public string User { get; }

    /// <inheritdoc />
    public bool MembersOnly { get; }

    /// <inheritdoc />
    public long Cursor => Volatile.Read(ref position);

    /// <summary>Why nothing can be taken any more; null while it can.</summary>
    public RSocketException? Stopped => stopped;

    /// <summary>Whether it stands in the owner's line; the owner's.</summary>
    internal bool IsInLine { get; set; }

    IRoomReader? IRoomReader.NextReader { get; set; }

    IRoomReader? IRoomReader.PreviousReader { get; set; }

    int IRoomReader.ParkedAt { get; set; }

    /// <summary>Takes the next entry.</summary>
    /// <returns>Null when there is none now, and the owner will be told when there may be, or when it is <see cref="Stopped"/>.</returns>
    public LogEntry? TryTake()
    {
        while (true)
        {
            // The head before the rights: a commit takes the rights first and then moves the head, so whoever sees an
            // entry that came after the removal also sees the removal.
            long head = Room.Head;
            if (stopped is not null)
            {
                return null;
            }

            long next = position + 1;
            if (next > head)
            {
                block = null;
                if (Room.TryPark(this))
                {
                    return null;
                }

                continue;
            }

            if (waiting)
            {
                return null;
            }

            long first = Room.FirstSeq;
            LogEntry? entry = next < first ? GapEntry.Create(Room, next, first - 1) : Room.Tail.Find(next) ?? FindOld(next);
            if (entry is not null)
            {
                Volatile.Write(ref position, entry.Kind == EntryKind.Gap ? first - 1 : next);
            }

            return entry;
        }
    }

    /// <summary>Takes the next entries together, when they became visible together and lie framed in memory.</summary>
    /// <param name="entries">At most so many, 1 or more.</param>
    /// <param name="bytes">No more than fit into so many bytes, but one in any case.</param>
    /// <param name="frameBytes">Only when none of their frames is longer than this, in bytes.</param>
    /// <param name="slice">The entries.</param>
    /// <returns>False: nothing was taken; <see cref="TryTake"/> knows what is next.</returns>
    public bool TryTakeRun(long entries, int bytes, int frameBytes, out RunSlice slice)
    {
        // In the order of TryTake, for its reasons.
        long head = Room.Head;
        long next = position + 1;
        slice = default;
        if (stopped is not null || waiting || next > head || next < Room.FirstSeq
            || Room.Tail.Find(next) is not { Run: { IsWithdrawn: false } run } entry || run.LongestFrame > frameBytes)
        {
            return false;
        }

        // The run is in the tail a moment before the head says that it may be read.
        slice = new RunSlice(run, entry.RunIndex, (int)Math.Min(run.Count - entry.RunIndex, head - position)).Within(entries, bytes);
        Volatile.Write(ref position, position + slice.Count);
        return true;
    }

    /// <summary>Has the room forget the cursor. Once.</summary>
    public void Close() => Room.Close(this);

    void IRoomReader.LogGrew() => owner.CursorReady(this);

    void IRoomReader.RightsLost(RSocketException reason)
    {
        stopped = reason;
        owner.CursorStopped(this, reason);
    }

    void IBlockWaiter.BlockLoaded(CachedBlock place, EntryBlock loaded)
    {
        // The entry is kept beside the block: were the cache so small that it is gone before the take comes, this reader
        // still gets on by one, instead of having it read again for ever.
        block = place;
        inHand = loaded.Find(Cursor + 1) is { } entry ? new HeldEntry(entry, place.Redactions) : null;
        waiting = false;
        owner.CursorReady(this);
    }

    void IBlockWaiter.BlockFailed(RSocketException reason)
    {
        waiting = false;
        owner.CursorFailed(this, reason);
    }

    private LogEntry? FindOld(long seq)
    {
        if (inHand is { } held)
        {
            inHand = null;

            // Held for a week, perhaps, while its message was deleted: then its words are not to be told any more.
            if (held.Entry.Seq == seq && held.Redactions == Room.Redactions)
            {
                return held.Entry;
            }
        }

        if (block?.Find(seq) is { } entry)
        {
            return entry;
        }

        // Set before asking, for the answer may come at once and from another thread.
        waiting = true;
        if (blocks.Find(Room, seq, block, this) is not { } found)
        {
            return null;
        }

        waiting = false;
        block = found;

        // Evicted between the cache's answer and here: ask again at the next take, which is at once.
        LogEntry? old = found.Find(seq);
        if (old is null)
        {
            owner.CursorReady(this);
        }

        return old;
    }

    private sealed record HeldEntry(LogEntry Entry, int Redactions);
}
