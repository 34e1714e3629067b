using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>One subscriber of one room: a cursor. Everything after it, then live, without a hole, a repeat or an end.</summary>
/// <remarks>
/// There is no queue and no hand-over from replay to live: each pull takes the entry after the cursor. Idle or slow, a feed
/// is this object and its <see cref="LogCursor"/>, about 180 bytes, a place in the room's parking of 8, and at most one
/// entry that a read of the store left in its hand.
/// </remarks>
internal sealed class RoomFeed : PayloadSource, ILogCursorOwner
{
    private readonly LogCursor cursor;
    private readonly RoomMetrics metrics;
    private readonly DataFormat format;

    /// <summary>Opens the feed: from here on the room knows it and ends it when the user loses the right to read.</summary>
    /// <exception cref="RSocketException">The user may not read.</exception>
    internal RoomFeed(Room room, string user, long after, DataFormat format, BlockCache blocks, RoomMetrics metrics)
    {
        this.metrics = metrics;
        this.format = format;
        cursor = new LogCursor(room, user, after, membersOnly: false, blocks, this);
        metrics.FeedOpened();
    }

    /// <summary>Seq of the last entry taken.</summary>
    public long Cursor => cursor.Cursor;

    /// <summary>The room.</summary>
    public Room Room => cursor.Room;

    /// <summary>What the entry was that the last pull gave, for doors that tell it beside its bytes; to be read by who pulls.</summary>
    public EntryKind TakenKind { get; private set; }

    /// <summary>Ends the feed.</summary>
    internal void Stop(RSocketException reason) => ((IRoomReader)cursor).RightsLost(reason);

    void ILogCursorOwner.CursorReady(LogCursor ready) => SignalReady();

    void ILogCursorOwner.CursorStopped(LogCursor ended, RSocketException reason) => SignalError(reason);

    void ILogCursorOwner.CursorFailed(LogCursor failed, RSocketException reason) => SignalError(reason);

    /// <inheritdoc />
    protected override PullStatus TryPull(out Payload payload)
    {
        if (cursor.TryTake() is { } entry)
        {
            TakenKind = entry.Kind;
            payload = new Payload(format == DataFormat.Json ? entry.Json : entry.Bytes);
            return PullStatus.Next;
        }

        payload = default;
        return cursor.Stopped is { } reason ? throw reason : PullStatus.Idle;
    }

    /// <inheritdoc />
    protected override bool TryPullRun(long payloads, int bytes, int frameBytes, out RunSlice slice)
    {
        slice = default;
        return format == DataFormat.MessagePack && cursor.TryTakeRun(payloads, bytes, frameBytes, out slice);
    }

    /// <inheritdoc />
    protected override void Release()
    {
        cursor.Close();
        metrics.FeedClosed();
    }
}
