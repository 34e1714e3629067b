using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms.Commands;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>What the doors of the server do with rooms, for a user whose identity is certain. Feeds and history are in <c>Feeds/RoomFeeds</c>.</summary>
/// <remarks>
/// Every method throws <see cref="RSocketException"/> with the contract's code when it refuses. Changes are answered when
/// they are durable and visible to readers; a token ends only the wait for room in the commit queue.
/// </remarks>
internal sealed class ChatRooms(RoomDirectory directory, IRoomStore store, CommitLoop commits, ILogger<ChatRooms> log)
{
    /// <summary>Reads all rooms from the store; to be awaited before anything else is called.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        int members = 0;
        await foreach (StoredRoom room in store.LoadRoomsAsync(cancellationToken).ConfigureAwait(false))
        {
            directory.Load(room);
            members += room.Members.Count;
        }

        log.Loaded(directory.Count, members);
    }

    /// <summary>Refuses further changes with <c>unavailable</c> and waits for those under way.</summary>
    public Task DrainAsync() => commits.DrainAsync();

    /// <summary><c>rooms.create</c>. The caller becomes owner.</summary>
    /// <param name="user">Who creates.</param>
    /// <param name="request">The room, as its format lets it through; without a title it is called by its id.</param>
    /// <param name="cancellationToken">See the remarks of the class.</param>
    public ValueTask<RoomInfo> CreateAsync(string user, RoomCreate request, CancellationToken cancellationToken)
    {
        string title = string.IsNullOrEmpty(request.Title) ? request.Room : request.Title;
        RoomKind kind = request.Kind == RoomKinds.Private ? RoomKind.Private : RoomKind.Public;
        return commits.RunAsync(new CreateRoom(user, request.Room, title, kind), cancellationToken);
    }

    /// <summary><c>rooms.join</c>; joining twice is fine.</summary>
    public ValueTask<RoomInfo> JoinAsync(string user, string room, CancellationToken cancellationToken) =>
        commits.RunAsync(new JoinRoom(user, room), cancellationToken);

    /// <summary><c>rooms.leave</c>; leaving twice is fine in a public room. See <see cref="LeaveRoom"/> for owners.</summary>
    /// <returns>Whether anything changed.</returns>
    public ValueTask<bool> LeaveAsync(string user, string room, CancellationToken cancellationToken) =>
        commits.RunAsync(new LeaveRoom(user, room), cancellationToken);

    /// <summary><c>messages.send</c>.</summary>
    /// <param name="user">The sender.</param>
    /// <param name="request">The message, as its format lets it through. Not to be changed any more.</param>
    /// <param name="cancellationToken">See the remarks of the class.</param>
    public ValueTask<MessageSent> SendAsync(string user, MessageSend request, CancellationToken cancellationToken) =>
        commits.RunAsync(new SendMessage(user, request), cancellationToken);

    /// <summary><c>rooms.get</c>.</summary>
    public RoomInfo GetInfo(string user, string room) => RoomInfos.Of(directory.RequireVisible(room, user), user);

    /// <summary><c>rooms.list</c>: rooms the user may see, by id in ordinal order.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="request">Which of them, as its format lets it through.</param>
    public RoomPage List(string user, RoomList request)
    {
        // One more than asked for tells whether there is a next page.
        int limit = (int)request.Limit;
        List<Room> found = directory.List(user, request.Mine, request.Prefix ?? "", request.After ?? "", limit + 1);
        RoomInfo[] page = [.. found.Take(limit).Select(room => RoomInfos.Of(room, user))];
        return new RoomPage { Rooms = page, Next = found.Count > limit ? page[^1].Room : null };
    }

    /// <summary>The members of a room the user may read, by user in ordinal order; for <c>rooms.members</c>.</summary>
    public IReadOnlyList<MemberRecord> Members(string user, string room)
    {
        Room found = directory.RequireVisible(room, user);
        Rights.RequireRead(found.Record, found.FindMember(user));
        MemberRecord[] members = found.Members();
        Array.Sort(members, (left, right) => string.CompareOrdinal(left.User, right.User));
        return members;
    }
}
