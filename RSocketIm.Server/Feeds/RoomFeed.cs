using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>One subscriber of one room: a cursor. Everything after it, then live, without a hole, a repeat or an end.</summary>
/// <remarks>
/// <para>There is no queue and no hand-over from replay to live: each pull takes the entry after the cursor, from the
/// room's tail, else from a block of the store, else parks. A feed that nobody pulls, because it has no credit or its
/// connection no room, is not parked and costs a commit nothing. Idle or slow, it is this object of about 140 bytes, a
/// place in the room's parking of 8, and at most one entry that a read of the store left in its hand.</para>
/// <para>TryPull and Release never overlap (see <see cref="PayloadSource"/>); the other methods come from the commit loop
/// and from reads of the store.</para>
/// </remarks>
internal sealed class RoomFeed : PayloadSource, IRoomReader, IBlockWaiter
{
    private readonly Room room;
    private readonly BlockCache blocks;
    private readonly RoomMetrics metrics;
    private readonly DataFormat format;
    private long cursor;
    private volatile RSocketException? stopped;
    private volatile CachedBlock? block;
    private volatile LogEntry? inHand;
    private volatile bool waiting;

    /// <summary>Opens the feed: from here on the room knows it and ends it when the user loses the right to read.</summary>
    /// <exception cref="RSocketException">The user may not read.</exception>
    internal RoomFeed(Room room, string user, long after, DataFormat format, BlockCache blocks, RoomMetrics metrics)
    {
        this.room = room;
        this.blocks = blocks;
        this.metrics = metrics;
        this.format = format;
        User = user;
        cursor = after;
        room.Open(this);
        metrics.FeedOpened();
    }

    /// <inheritdoc />
    public string User { get; }

    /// <inheritdoc />
    public long Cursor => Volatile.Read(ref cursor);

    IRoomReader? IRoomReader.NextReader { get; set; }

    IRoomReader? IRoomReader.PreviousReader { get; set; }

    int IRoomReader.ParkedAt { get; set; }

    void IRoomReader.LogGrew() => SignalReady();

    void IRoomReader.RightsLost(RSocketException reason)
    {
        stopped = reason;
        SignalError(reason);
    }

    void IBlockWaiter.BlockLoaded(CachedBlock place, EntryBlock loaded)
    {
        // The entry is kept beside the block: were the cache so small that it is gone before the pull comes, this feed
        // still gets on by one, instead of having it read again for ever.
        block = place;
        inHand = loaded.Find(Cursor + 1);
        waiting = false;
        SignalReady();
    }

    void IBlockWaiter.BlockFailed(RSocketException reason)
    {
        waiting = false;
        SignalError(reason);
    }

    /// <inheritdoc />
    protected override PullStatus TryPull(out Payload payload)
    {
        payload = default;
        while (true)
        {
            // The head before the rights: a commit takes the rights first and then moves the head, so whoever sees an
            // entry that came after the removal also sees the removal.
            long head = room.Head;
            if (stopped is { } reason)
            {
                throw reason;
            }

            long next = cursor + 1;
            if (next > head)
            {
                block = null;
                if (room.TryPark(this))
                {
                    return PullStatus.Idle;
                }

                continue;
            }

            if (waiting)
            {
                return PullStatus.Idle;
            }

            if ((room.Tail.Find(next) ?? FindOld(next)) is not { } entry)
            {
                return PullStatus.Idle;
            }

            Volatile.Write(ref cursor, next);
            payload = new Payload(format == DataFormat.Json ? entry.Json : entry.Bytes);
            return PullStatus.Next;
        }
    }

    /// <inheritdoc />
    protected override void Release()
    {
        room.Close(this);
        metrics.FeedClosed();
    }

    private LogEntry? FindOld(long seq)
    {
        if (inHand is { } kept)
        {
            inHand = null;
            if (kept.Seq == seq)
            {
                return kept;
            }
        }

        if (block?.Find(seq) is { } entry)
        {
            return entry;
        }

        // Set before asking, for the answer may come at once and from another thread.
        waiting = true;
        if (blocks.Find(room, seq, block, this) is not { } found)
        {
            return null;
        }

        waiting = false;
        block = found;

        // Evicted between the cache's answer and here: ask again when pulled next, which is at once.
        LogEntry? old = found.Find(seq);
        if (old is null)
        {
            SignalReady();
        }

        return old;
    }
}
