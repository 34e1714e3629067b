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
internal sealed class ChatRooms(
    RoomDirectory directory, IRoomStore store, CommitLoop commits, Receipts receipts, UnreadCounts unread, SendLimits limits, ILogger<ChatRooms> log)
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

        await receipts.LoadAsync(cancellationToken).ConfigureAwait(false);

        log.Loaded(directory.Count, members);
    }

    /// <summary>Refuses further changes with <c>unavailable</c> and waits for those under way.</summary>
    public Task DrainAsync() => Task.WhenAll(commits.DrainAsync(), receipts.DrainAsync());

    /// <summary><c>rooms.create</c>. The caller becomes owner.</summary>
    /// <param name="user">Who creates.</param>
    /// <param name="request">The room, as its format lets it through; without a title it is called by its id.</param>
    /// <param name="cancellationToken">See the remarks of the class.</param>
    public ValueTask<RoomInfo> CreateAsync(string user, RoomCreate request, CancellationToken cancellationToken)
    {
        string title = string.IsNullOrEmpty(request.Title) ? request.Room : request.Title;
        RoomKind kind = request.Kind == RoomKinds.Private ? RoomKind.Private : RoomKind.Public;
        return CreateAsync(new CreateRoom(user, request.Room, title, kind), cancellationToken);
    }

    /// <summary><c>rooms.open</c>: the direct room with another user, made when there is none.</summary>
    /// <param name="user">Who opens.</param>
    /// <param name="request">The other user. Any valid name but one's own: see <see cref="OpenDirectRoom"/>.</param>
    /// <param name="cancellationToken">See the remarks of the class.</param>
    public ValueTask<RoomInfo> OpenAsync(string user, RoomOpen request, CancellationToken cancellationToken)
    {
        if (request.User == user)
        {
            return ValueTask.FromException<RoomInfo>(Refusal.DirectWithYourself(user));
        }

        string room = RoomId.ForDirect(user, request.User);
        return directory.Find(room) is null
            ? RunAsync(new OpenDirectRoom(user, request.User, room), cancellationToken)
            : GetInfoAsync(user, room, cancellationToken);
    }

    /// <summary><c>rooms.update</c>.</summary>
    public ValueTask<RoomInfo> UpdateAsync(string user, RoomUpdate request, CancellationToken cancellationToken) =>
        RunAsync(new UpdateRoom(user, request), cancellationToken);

    /// <summary><c>rooms.invite</c>.</summary>
    public ValueTask<SeqResult> InviteAsync(string user, MemberAction request, CancellationToken cancellationToken) =>
        commits.RunAsync(new InviteUser(user, request), cancellationToken);

    /// <summary><c>rooms.remove</c>.</summary>
    public ValueTask<SeqResult> RemoveAsync(string user, MemberAction request, CancellationToken cancellationToken) =>
        commits.RunAsync(new RemoveMember(user, request), cancellationToken);

    /// <summary><c>rooms.ban</c>.</summary>
    public ValueTask<SeqResult> BanAsync(string user, MemberAction request, CancellationToken cancellationToken) =>
        commits.RunAsync(new BanUser(user, request), cancellationToken);

    /// <summary><c>rooms.role</c>.</summary>
    /// <param name="user">Who gives the role.</param>
    /// <param name="request">With a role, as <see cref="MemberAction.FormatOfRole"/> lets it through.</param>
    /// <param name="cancellationToken">See the remarks of the class.</param>
    public ValueTask<SeqResult> SetRoleAsync(string user, MemberAction request, CancellationToken cancellationToken) =>
        commits.RunAsync(new SetRole(user, request), cancellationToken);

    /// <summary><c>rooms.join</c>; joining twice is fine.</summary>
    public ValueTask<RoomInfo> JoinAsync(string user, string room, CancellationToken cancellationToken) =>
        RunAsync(new JoinRoom(user, room), cancellationToken);

    /// <summary><c>rooms.leave</c>; leaving twice is fine in a public room. See <see cref="LeaveRoom"/> for owners.</summary>
    /// <returns>Whether anything changed.</returns>
    public ValueTask<bool> LeaveAsync(string user, string room, CancellationToken cancellationToken) =>
        commits.RunAsync(new LeaveRoom(user, room), cancellationToken);

    /// <summary><c>messages.send</c>.</summary>
    /// <param name="user">The sender.</param>
    /// <param name="request">The message, as its format lets it through. Not to be changed any more.</param>
    /// <param name="cancellationToken">See the remarks of the class.</param>
    public ValueTask<MessageSent> SendAsync(string user, MessageSend request, CancellationToken cancellationToken)
    {
        if (limits.AreOn)
        {
            Room found = directory.RequireVisible(request.Room, user);
            Rights.RequireMember(found.Record, found.FindMember(user));
            limits.Take(user, request.Room);
        }

        return commits.RunAsync(new SendMessage(user, request), cancellationToken);
    }

    /// <summary><c>messages.edit</c>.</summary>
    public ValueTask<EntryResult> EditAsync(string user, MessageEdit request, CancellationToken cancellationToken) =>
        commits.RunAsync(new EditMessage(user, request), cancellationToken);

    /// <summary><c>messages.delete</c>; deleting twice is fine.</summary>
    public ValueTask<EntryResult> DeleteAsync(string user, MessageDelete request, CancellationToken cancellationToken) =>
        commits.RunAsync(new DeleteMessage(user, request), cancellationToken);

    /// <summary><c>messages.react</c>; giving twice and taking back twice is fine.</summary>
    public ValueTask<EntryResult> ReactAsync(string user, MessageReact request, CancellationToken cancellationToken) =>
        commits.RunAsync(new ReactToMessage(user, request), cancellationToken);

    /// <summary><c>receipts.read</c>.</summary>
    /// <param name="user">Who has read.</param>
    /// <param name="request">Up to where.</param>
    /// <param name="cancellationToken">Ends the wait for the count.</param>
    public async ValueTask<ReceiptResult> ReadAsync(string user, ReceiptRequest request, CancellationToken cancellationToken)
    {
        long readSeq = await receipts.ReadAsync(user, request.Room, request.Seq).ConfigureAwait(false);
        Room room = directory.RequireVisible(request.Room, user);
        return new ReceiptResult { ReadSeq = readSeq, Unread = await unread.CountAsync(room, user, readSeq, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary><c>rooms.get</c>.</summary>
    public ValueTask<RoomInfo> GetInfoAsync(string user, string room, CancellationToken cancellationToken)
    {
        Room found = directory.RequireVisible(room, user);
        return unread.FillAsync(RoomInfos.Of(found, user), found, user, cancellationToken);
    }

    /// <summary><c>rooms.list</c>: rooms the user may see, by id in ordinal order.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="request">Which of them, as its format lets it through.</param>
    /// <param name="cancellationToken">Ends the counting of what is unread.</param>
    public async ValueTask<RoomPage> ListAsync(string user, RoomList request, CancellationToken cancellationToken)
    {
        // One more than asked for tells whether there is a next page.
        int limit = (int)request.Limit;
        Standing least = request.Mine ? Standing.Member : request.Invited == true ? Standing.Invited : Standing.None;
        Standing most = request.Invited == true ? Standing.Invited : Standing.Owner;
        List<Room> found = directory.List(user, least, most, request.Prefix ?? "", request.After ?? "", limit + 1);
        List<RoomInfo> page = [];
        foreach (Room room in found.Take(limit))
        {
            page.Add(await unread.FillAsync(RoomInfos.Of(room, user), room, user, cancellationToken).ConfigureAwait(false));
        }

        return new RoomPage { Rooms = page, Next = found.Count > limit ? page[^1].Room : null };
    }

    private async ValueTask<RoomInfo> CreateAsync(CreateRoom command, CancellationToken cancellationToken)
    {
        // Nothing to count: there is nothing in it yet.
        RoomInfo info = await commits.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return info with { ReadSeq = 0, Unread = 0 };
    }

    /// <summary>Runs a command that answers with a room, and adds how far the user has read it.</summary>
    private async ValueTask<RoomInfo> RunAsync(RoomCommand<RoomInfo> command, CancellationToken cancellationToken)
    {
        RoomInfo info = await commits.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return await unread.FillAsync(info, directory.Find(info.Room)!, command.User, cancellationToken).ConfigureAwait(false);
    }
}
