using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>Opens inboxes, and lets those that are open know of rooms that their users join.</summary>
/// <remarks>Leaving needs nothing of it: a room stops the cursors of who leaves, before any later entry can be seen.</remarks>
internal sealed class InboxFeeds : IDisposable
{
    private readonly RoomDirectory directory;
    private readonly BlockCache blocks;
    private readonly RoomMetrics metrics;
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<InboxFeed>> byUser = new(StringComparer.Ordinal);

    /// <summary>Creates the list, with no inbox open.</summary>
    public InboxFeeds(RoomDirectory directory, BlockCache blocks, RoomMetrics metrics)
    {
        this.directory = directory;
        this.blocks = blocks;
        this.metrics = metrics;
        directory.RightsChanged += OnRightsChanged;
        directory.StandingTold += OnStandingTold;
    }

    /// <summary><c>inbox.feed</c>: the rooms of which the user is a member, each after a seq, then live.</summary>
    /// <param name="user">Who reads.</param>
    /// <param name="request">Positions, 0..head of their room; rooms without one start at the head, and positions of rooms that are not the user's, any more, mean nothing.</param>
    /// <param name="format">The encoding of the events.</param>
    /// <returns>The feed, which must be attached to a stream or released. A room joined later begins with the entry by which it was joined.</returns>
    /// <exception cref="RSocketException"><c>gone</c>: an epoch is not its room's; <c>bad_request</c>: a position is beyond the head.</exception>
    public InboxFeed Open(string user, InboxRequest request, DataFormat format)
    {
        List<(Room Room, long After)> rooms = [];
        foreach ((Room room, _) in RoomsOf(user))
        {
            if (request.Epochs is { } epochs && epochs.TryGetValue(room.Id, out string? epoch) && epoch != room.Record.Epoch)
            {
                throw Refusal.StaleEpoch(room.Id, epoch, room.Record.Epoch);
            }

            long head = room.Head;
            long after = request.Positions is { } positions && positions.TryGetValue(room.Id, out long given) ? given : head;
            if (after < 0 || after > head)
            {
                throw Refusal.OutOfRange($"positions[\"{room.Id}\"]", after, 0, head);
            }

            rooms.Add((room, after));
        }

        // From here on the feed hears of rooms that are joined and of what else there is to tell; what was joined between the first look and
        // here is found by a second one.
        InboxFeed feed = new(this, user, format, request.Notices == true, blocks);
        Remember(feed);
        foreach ((Room room, long after) in rooms)
        {
            feed.Add(room, after);
        }

        foreach ((Room room, MemberRecord member) in RoomsOf(user))
        {
            feed.Add(room, member.JoinedSeq - 1);
        }

        return feed;
    }

    /// <summary>Ends every inbox, because the server stops.</summary>
    /// <param name="reason">What their streams end with.</param>
    public void StopAll(RSocketException reason)
    {
        InboxFeed[] open;
        lock (gate)
        {
            open = [.. byUser.Values.SelectMany(feeds => feeds)];
        }

        foreach (InboxFeed feed in open)
        {
            feed.Stop(reason);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        directory.RightsChanged -= OnRightsChanged;
        directory.StandingTold -= OnStandingTold;
    }

    /// <summary>A feed is over.</summary>
    internal void Forget(InboxFeed feed)
    {
        lock (gate)
        {
            if (byUser.TryGetValue(feed.User, out List<InboxFeed>? open) && open.Remove(feed) && open.Count == 0)
            {
                byUser.Remove(feed.User);
            }
        }

        metrics.FeedClosed();
    }

    private void Remember(InboxFeed feed)
    {
        lock (gate)
        {
            if (!byUser.TryGetValue(feed.User, out List<InboxFeed>? open))
            {
                byUser[feed.User] = open = [];
            }

            open.Add(feed);
        }

        metrics.FeedOpened();
    }

    private void OnRightsChanged(Room room, IReadOnlyCollection<MemberRecord> changes)
    {
        foreach (MemberRecord change in changes.Where(change => change.Standing >= Standing.Member))
        {
            foreach (InboxFeed feed in FeedsOf(change.User))
            {
                feed.Add(room, change.JoinedSeq - 1);
            }
        }
    }

    private void OnStandingTold(Room room, string user, LogEntry entry)
    {
        foreach (InboxFeed feed in FeedsOf(user))
        {
            feed.Tell(room, entry);
        }
    }

    private IEnumerable<(Room Room, MemberRecord Member)> RoomsOf(string user)
    {
        foreach (string id in directory.RoomsOf(user))
        {
            if (directory.Find(id) is { } room && room.FindMember(user) is { Standing: >= Standing.Member } member)
            {
                yield return (room, member);
            }
        }
    }

    private InboxFeed[] FeedsOf(string user)
    {
        lock (gate)
        {
            return byUser.TryGetValue(user, out List<InboxFeed>? open) ? [.. open] : [];
        }
    }
}
