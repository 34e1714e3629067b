using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Feeds;

/// <summary>Opens feeds and reads history, for a user whose identity is certain.</summary>
internal sealed class RoomFeeds(RoomDirectory directory, BlockCache blocks, History history, RoomMetrics metrics)
{
    /// <summary><c>rooms.feed</c>: everything after a seq, then live.</summary>
    /// <param name="user">Who reads.</param>
    /// <param name="request">The room; <c>after</c>: the last seq the reader has, 0..head, absent: from the head on; <c>epoch</c>: what that seq is of.</param>
    /// <param name="format">The encoding of the events.</param>
    /// <returns>The feed, which must be attached to a stream or released, for the room knows it from now on.</returns>
    /// <exception cref="RSocketException"><c>not_found</c>, <c>forbidden</c>, <c>gone</c> or <c>bad_request</c>.</exception>
    public RoomFeed Open(string user, FeedRequest request, DataFormat format)
    {
        Room found = directory.RequireVisible(request.Room, user);
        Rights.RequireRead(found.Record, found.FindMember(user));
        if (request.Epoch is { } epoch && epoch != found.Record.Epoch)
        {
            throw Refusal.StaleEpoch(found.Id, epoch, found.Record.Epoch);
        }

        long head = found.Head;
        if (request.After is { } given && (given < 0 || given > head))
        {
            throw Refusal.OutOfRange("after", given, 0, head);
        }

        return new RoomFeed(found, user, request.After ?? head, format, blocks, metrics);
    }

    /// <summary><c>messages.history</c>.</summary>
    /// <param name="user">Who reads.</param>
    /// <param name="request">Which page, as its format lets it through.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RSocketException"><c>not_found</c>, <c>forbidden</c>, <c>bad_request</c>, or <c>unavailable</c> when the store fails.</exception>
    public ValueTask<HistoryPage> HistoryAsync(string user, HistoryRequest request, CancellationToken cancellationToken)
    {
        Room found = directory.RequireVisible(request.Room, user);
        Rights.RequireRead(found.Record, found.FindMember(user));
        return history.ReadAsync(found, request.Before, request.After, (int)request.Limit, cancellationToken);
    }
}
