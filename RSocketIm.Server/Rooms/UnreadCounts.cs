using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>How many messages a user has not read, without walking over them at every question.</summary>
/// <remarks>
/// <para>A counter per member and room would cost every message as many additions as the room has members. Instead a room
/// about which somebody asks gets a <see cref="MessageIndex"/>, about 12 bytes a message and 400 an author, from the oldest seq that anybody asked
/// about: the first question reads that stretch once, each later one is a binary search and what was added since.</para>
/// <para>Bounded in bytes; the room that was asked about least recently goes, and is read again when asked about.</para>
/// </remarks>
internal sealed class UnreadCounts(IRoomStore store, RoomOptions options, ILogger<UnreadCounts> log)
{
    private readonly LogReader reader = new(store);
    private readonly Lock gate = new();
    private readonly Dictionary<Room, MessageIndex> indexes = [];
    private readonly LinkedList<MessageIndex> byUse = new();

    /// <summary>What the indexes hold in memory, in bytes, roughly.</summary>
    public long Bytes { get; private set; }

    /// <summary>Messages by others after the last one that a user has read.</summary>
    /// <param name="room">The room.</param>
    /// <param name="user">The user.</param>
    /// <param name="readSeq">How far the user has read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RSocketException"><c>unavailable</c>: the store failed.</exception>
    public async ValueTask<long> CountAsync(Room room, string user, long readSeq, CancellationToken cancellationToken)
    {
        if (readSeq >= room.Head)
        {
            return 0;
        }

        MessageIndex index = Take(room);
        try
        {
            return await index.CountByOthersAsync(user, readSeq, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (OperationCanceledException or RSocketException))
        {
            log.UnreadFailed(error, room.Id);
            throw Refusal.StoreUnreadable(room.Id);
        }
        finally
        {
            Account(index);
        }
    }

    /// <summary>Adds to what a member sees of a room how far the member has read it.</summary>
    /// <remarks>Where the log cannot be read the count is absent: the rest is true and may be shown.</remarks>
    public async ValueTask<RoomInfo> FillAsync(RoomInfo info, Room room, string user, CancellationToken cancellationToken)
    {
        if (info.Role is null)
        {
            return info;
        }

        long readSeq = room.ReadSeqOf(user);
        info.ReadSeq = readSeq;
        try
        {
            info.Unread = await CountAsync(room, user, readSeq, cancellationToken).ConfigureAwait(false);
        }
        catch (RSocketException)
        {
            info.Unread = null;
        }

        return info;
    }

    private MessageIndex Take(Room room)
    {
        lock (gate)
        {
            if (!indexes.TryGetValue(room, out MessageIndex? index))
            {
                indexes[room] = index = new MessageIndex(room, reader);
                index.Place = byUse.AddFirst(index);
            }
            else
            {
                byUse.Remove(index.Place!);
                byUse.AddFirst(index.Place!);
            }

            return index;
        }
    }

    private void Account(MessageIndex index)
    {
        lock (gate)
        {
            if (!indexes.TryGetValue(index.Room, out MessageIndex? current) || current != index)
            {
                return;
            }

            Bytes += index.Cost - index.KnownCost;
            index.KnownCost = index.Cost;
            while (Bytes > options.UnreadCountBytes && byUse.Last is { } last)
            {
                Bytes -= last.Value.KnownCost;
                byUse.RemoveLast();
                indexes.Remove(last.Value.Room);
            }
        }
    }
}
