using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>One subscriber of all rooms of a user, under one credit: a <see cref="LogCursor"/> a room, and a line of those that may have something.</summary>
/// <remarks>
/// <para>Rooms take turns, one entry each, so a busy room does not starve the others. A room that has nothing is parked and
/// not in the line; a thousand quiet rooms cost a pull nothing.</para>
/// <para>The lock is held while an entry is taken, for a room may be left on the commit loop at the same time. It comes
/// before the locks of rooms and of the block cache, and nobody who holds one of those calls in here.</para>
/// </remarks>
internal sealed class InboxFeed : PayloadSource, ILogCursorOwner
{
    private readonly Lock gate = new();
    private readonly Dictionary<Room, LogCursor> cursors = [];
    private readonly Queue<LogCursor> line = new();
    private readonly InboxFeeds feeds;
    private readonly BlockCache blocks;
    private readonly DataFormat format;
    private readonly Notices? notices;
    private bool released;

    internal InboxFeed(InboxFeeds feeds, string user, DataFormat format, bool tells, BlockCache blocks)
    {
        this.feeds = feeds;
        this.blocks = blocks;
        this.format = format;
        notices = tells ? new Notices() : null;
        User = user;
    }

    /// <summary>Whose rooms.</summary>
    public string User { get; }

    /// <summary>Rooms in it.</summary>
    public int RoomCount
    {
        get
        {
            lock (gate)
            {
                return cursors.Count;
            }
        }
    }

    /// <summary>Whether every entry that there is now has been pulled.</summary>
    public bool IsAtHead
    {
        get
        {
            lock (gate)
            {
                foreach (LogCursor cursor in cursors.Values)
                {
                    if (cursor.Cursor < cursor.Room.Head)
                    {
                        return false;
                    }
                }

                return true;
            }
        }
    }

    /// <summary>Where it is in each of the user's rooms, in the order of their ids.</summary>
    public List<InboxPosition> Positions()
    {
        lock (gate)
        {
            return [.. cursors.Values
                .Select(static cursor => new InboxPosition(cursor.Room.Id, cursor.Room.Record.Epoch, cursor.Cursor, Math.Max(cursor.Room.Head, cursor.Cursor)))
                .OrderBy(static place => place.Room, StringComparer.Ordinal)];
        }
    }

    void ILogCursorOwner.CursorReady(LogCursor cursor)
    {
        PutInLine(cursor);
        SignalReady();
    }

    void ILogCursorOwner.CursorStopped(LogCursor cursor, RSocketException reason)
    {
        if (reason.Code != (ErrorCode)(uint)ContractError.Forbidden)
        {
            // Not the room but the server is over.
            SignalError(reason);
            return;
        }

        lock (gate)
        {
            Drop(cursor);
        }
    }

    void ILogCursorOwner.CursorFailed(LogCursor cursor, RSocketException reason) => SignalError(reason);

    /// <summary>Ends the feed.</summary>
    internal void Stop(RSocketException reason) => SignalError(reason);

    /// <summary>Takes in a room, unless it is in already or the user is not a member.</summary>
    /// <param name="room">The room.</param>
    /// <param name="after">The seq before the first one wanted, 0..head.</param>
    internal void Add(Room room, long after)
    {
        lock (gate)
        {
            if (released || cursors.ContainsKey(room))
            {
                return;
            }

            LogCursor cursor;
            try
            {
                cursor = new LogCursor(room, User, after, membersOnly: true, blocks, this);
            }
            catch (RSocketException)
            {
                // Left between the look at the list of rooms and here.
                return;
            }

            cursors.Add(room, cursor);
            notices?.Forget(room);

            // Left between the room's look at the rights and the line above: the stop found no cursor to drop.
            if (cursor.Stopped is not null)
            {
                Drop(cursor);
                return;
            }

            PutInLine(cursor);
        }

        SignalReady();
    }

    /// <summary>Has the user told by an entry of a room that is not, or no more, in the inbox; unless such notices were not asked for.</summary>
    internal void Tell(Room room, LogEntry entry)
    {
        if (notices is null)
        {
            return;
        }

        lock (gate)
        {
            notices.Put(room, entry);
        }

        SignalReady();
    }

    /// <inheritdoc />
    protected override PullStatus TryPull(out Payload payload)
    {
        lock (gate)
        {
            if (notices?.Take() is { } notice)
            {
                payload = ToPayload(notice);
                return PullStatus.Next;
            }

            while (line.TryDequeue(out LogCursor? cursor))
            {
                cursor.IsInLine = false;
                if (!IsOpen(cursor) || cursor.TryTake() is not { } entry)
                {
                    continue;
                }

                PutInLine(cursor);
                payload = ToPayload(entry);
                return PullStatus.Next;
            }
        }

        payload = default;
        return PullStatus.Idle;
    }

    /// <inheritdoc />
    /// <remarks>Of the only room that has something: where several have, each has its turn after one entry.</remarks>
    protected override bool TryPullRun(long payloads, int bytes, int frameBytes, out RunSlice slice)
    {
        slice = default;
        if (format != DataFormat.MessagePack)
        {
            return false;
        }

        lock (gate)
        {
            return notices is null or { IsEmpty: true } && line.Count == 1
                && line.Peek() is { } cursor && IsOpen(cursor) && cursor.TryTakeRun(payloads, bytes, frameBytes, out slice);
        }
    }

    /// <inheritdoc />
    protected override void Release()
    {
        lock (gate)
        {
            released = true;
            foreach (LogCursor cursor in cursors.Values)
            {
                cursor.Close();
            }

            cursors.Clear();
            line.Clear();
        }

        feeds.Forget(this);
    }

    private Payload ToPayload(LogEntry entry) => new(format == DataFormat.Json ? entry.Json : entry.Bytes);

    private bool IsOpen(LogCursor cursor) => cursors.TryGetValue(cursor.Room, out LogCursor? open) && open == cursor;

    private void PutInLine(LogCursor cursor)
    {
        lock (gate)
        {
            if (!cursor.IsInLine)
            {
                cursor.IsInLine = true;
                line.Enqueue(cursor);
            }
        }
    }

    private void Drop(LogCursor cursor)
    {
        if (IsOpen(cursor))
        {
            cursors.Remove(cursor.Room);
            cursor.Close();
        }
    }
}
