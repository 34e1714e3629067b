using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms.Commands;

/// <summary>Invite, remove, ban, role, update and direct rooms.</summary>
public sealed class MembershipTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Invite_ToAPrivateRoom_LetsTheUserSeeAndJoinIt()
    {
        await world.CreateAsync("ann", "club", "private");
        long seq = await world.InviteAsync("ann", "club", "bob");
        long again = await world.InviteAsync("ann", "club", "bob");

        Assert.Equal((2L, 2L, 2L), (seq, again, world.Room("club").Head));
        Assert.Null((await world.InfoAsync("bob", "club")).Role);
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.HistoryAsync("bob", "club")));
        RoomInfo joined = await world.JoinAsync("bob", "club");
        Assert.Equal(("member", 2L), (joined.Role, joined.Members));
        RoomEvent entry = (await world.HistoryAsync("bob", "club")).Single(e => e.Seq == seq);
        Assert.Equal(("member", "invited", "bob", "ann"), (entry.Type, entry.Change, entry.User, entry.From));
        Assert.Equal("conflict", await ChatWorld.RefusalOf(() => world.InviteAsync("ann", "club", "bob")));
    }

    [Fact]
    public async Task Remove_EndsFeedsAtOnce_AndThePrivateRoomIsGone()
    {
        await world.CreateAsync("ann", "club", "private");
        await world.InviteAsync("ann", "club", "bob");
        await world.JoinAsync("bob", "club");
        FakeStream feed = world.Open("bob", "club");
        feed.Grant(10);
        long seq = await world.RemoveAsync("ann", "club", "bob");

        Assert.Equal(4, seq);
        Assert.Equal((uint)ContractError.Forbidden, (uint)((RSocketException)feed.Error!).Code);
        Assert.Equal(0, feed.Count);
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.InfoAsync("bob", "club")));
        Assert.Equal("removed", (await world.HistoryAsync("ann", "club"))[^1].Change);
    }

    [Fact]
    public async Task Remove_OfAnInvitation_TakesItBack()
    {
        await world.CreateAsync("ann", "club", "private");
        await world.InviteAsync("ann", "club", "bob");
        await world.RemoveAsync("ann", "club", "bob");

        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.JoinAsync("bob", "club")));
    }

    [Fact]
    public async Task Ban_FromAPublicRoom_EndsReadingAndJoiningUntilInvited()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        FakeStream feed = world.Open("bob", "lobby");
        long seq = await world.BanAsync("ann", "lobby", "bob");

        Assert.True(feed.IsOver);
        Assert.Equal(seq, await world.BanAsync("ann", "lobby", "bob"));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.JoinAsync("bob", "lobby")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.HistoryAsync("bob", "lobby")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "lobby", "hi")));

        await world.InviteAsync("ann", "lobby", "bob");
        Assert.Equal("member", (await world.JoinAsync("bob", "lobby")).Role);
    }

    [Fact]
    public async Task Ban_OfSomebodyWhoNeverCame_KeepsThemOut()
    {
        await world.CreateAsync("ann", "lobby");
        await world.BanAsync("ann", "lobby", "eve");

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.JoinAsync("eve", "lobby")));
    }

    [Fact]
    public async Task Moderator_RemovesAndBansMembers_ButNoOwner()
    {
        await FillAsync();

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.RemoveAsync("mod", "lobby", "ann")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.BanAsync("mod", "lobby", "ann")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SetRoleAsync("mod", "lobby", "bob", "moderator")));
        Assert.Equal("bad_request", await ChatWorld.RefusalOf(() => world.RemoveAsync("mod", "lobby", "mod")));
        Assert.Equal("bad_request", await ChatWorld.RefusalOf(() => world.BanAsync("ann", "lobby", "ann")));
        await world.RemoveAsync("mod", "lobby", "bob");
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.RemoveAsync("mod", "lobby", "bob")));
    }

    [Fact]
    public async Task Role_GivenByTheOwner_IsAnEntry_AndTheLastOwnerStays()
    {
        await FillAsync();
        Assert.Equal("conflict", await ChatWorld.RefusalOf(() => world.SetRoleAsync("ann", "lobby", "ann", "member")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.SetRoleAsync("ann", "lobby", "eve", "member")));
        await world.SetRoleAsync("ann", "lobby", "bob", "owner");
        long seq = await world.SetRoleAsync("ann", "lobby", "ann", "member");

        RoomEvent entry = world.Room("lobby").Tail.Find(seq)!.Decode();
        Assert.Equal(("member", "role", "ann", "member", "ann"), (entry.Type, entry.Change, entry.User, entry.Role, entry.From));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SetRoleAsync("ann", "lobby", "ann", "owner")));
    }

    [Fact]
    public async Task Update_ByAModerator_IsAnEntryOfWhatChanged()
    {
        await FillAsync();
        long head = world.Room("lobby").Head;
        RoomInfo info = await world.UpdateAsync("mod", "lobby", title: "The lobby");
        RoomInfo same = await world.UpdateAsync("mod", "lobby", title: "The lobby", kind: "public");

        Assert.Equal(("The lobby", "public", head + 1, head + 1), (info.Title, info.Kind, info.Head, same.Head));
        RoomEvent entry = world.Room("lobby").Tail.Find(head + 1)!.Decode();
        Assert.Equal(("room", "mod", "The lobby", null), (entry.Type, entry.From, entry.Title, entry.Kind));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.UpdateAsync("bob", "lobby", title: "mine")));
    }

    [Fact]
    public async Task Update_ToPrivate_EndsTheFeedsOfStrangersAndHidesTheRoom()
    {
        await FillAsync();
        FakeStream stranger = world.Open("eve", "lobby");
        FakeStream member = world.Open("bob", "lobby");
        stranger.Grant(10);
        member.Grant(10);
        await world.UpdateAsync("ann", "lobby", kind: "private");

        Assert.Equal((uint)ContractError.Forbidden, (uint)((RSocketException)stranger.Error!).Code);
        Assert.Equal((0, 1, false), (stranger.Count, member.Count, member.IsOver));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.InfoAsync("eve", "lobby")));
        Assert.Empty((await world.Rooms.ListAsync("eve", new RoomList(), default)).Rooms);

        await world.UpdateAsync("ann", "lobby", kind: "public");
        Assert.Single((await world.Rooms.ListAsync("eve", new RoomList(), default)).Rooms);
    }

    [Fact]
    public async Task Open_MakesTheDirectRoomOnce_WhoeverAsks()
    {
        RoomInfo made = await world.OpenDirectAsync("bob", "ann");
        RoomInfo found = await world.OpenDirectAsync("ann", "bob");

        Assert.Equal(("dm:ann:bob", "direct", "member", 2L, 2L), (made.Room, made.Kind, made.Role, made.Members, made.Head));
        Assert.Equal((made.Room, made.Epoch, 2L), (found.Room, found.Epoch, found.Head));
        await world.SendAsync("ann", "dm:ann:bob", "psst");
        Assert.Equal(1, (await world.InfoAsync("bob", "dm:ann:bob")).Unread);
    }

    [Fact]
    public async Task Open_ByBothAtOnce_MakesOneRoom()
    {
        Task held = world.Store.HoldCommits();
        Task blocker = world.CreateAsync("ann", "lobby");
        await held;
        Task<RoomInfo> one = world.OpenDirectAsync("ann", "bob");
        Task<RoomInfo> other = world.OpenDirectAsync("bob", "ann");
        world.Store.LetCommitsGo();
        await blocker;

        Assert.Equal((await one).Epoch, (await other).Epoch);
        Assert.Equal(2, world.Room("dm:ann:bob").Head);
    }

    [Fact]
    public async Task DirectRoom_IsOfItsTwoUsersAndStaysSo()
    {
        await world.OpenDirectAsync("ann", "bob");
        const string room = "dm:ann:bob";

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.LeaveAsync("ann", room)));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.InviteAsync("ann", room, "eve")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.RemoveAsync("ann", room, "bob")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.BanAsync("ann", room, "bob")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SetRoleAsync("ann", room, "bob", "owner")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.UpdateAsync("ann", room, title: "us")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.JoinAsync("eve", room)));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.InviteAsync("eve", room, "eve")));
        Assert.Equal("bad_request", await ChatWorld.RefusalOf(() => world.OpenDirectAsync("ann", "ann")));
        Assert.Equal(2, world.Room(room).Head);
    }

    private async Task FillAsync()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("mod", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.SetRoleAsync("ann", "lobby", "mod", "moderator");
    }
}
