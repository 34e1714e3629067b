using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class ChatRoomsTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Create_OfANewRoom_MakesTheCallerOwnerByTheFirstEntry()
    {
        RoomInfo info = await world.CreateAsync("ann", "lobby");

        Assert.Equal(("lobby", "lobby", "public", "owner"), (info.Room, info.Title, info.Kind, info.Role));
        Assert.Equal((1, 1, "ann"), (info.Head, info.Members, info.CreatedBy));
        Assert.NotEmpty(info.Epoch);
        RoomEvent first = (await HistoryAsync("ann", "lobby")).Single();
        Assert.Equal(("member", "ann", "joined", "owner", 1L), (first.Type, first.User, first.Change, first.Role, first.Seq));
    }

    [Fact]
    public async Task Create_OfAnExistingRoom_IsAConflictAlsoForThoseWhoMayNotSeeIt()
    {
        await world.CreateAsync("ann", "secret", "private");

        Assert.Equal("conflict", await ChatWorld.RefusalOf(() => world.CreateAsync("bob", "secret")));
    }

    [Fact]
    public async Task Join_Twice_AddsOneEntry()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        RoomInfo again = await world.JoinAsync("bob", "lobby");

        Assert.Equal((2, 2, "member"), (again.Head, again.Members, again.Role));
    }

    [Fact]
    public async Task PrivateRoom_ForStrangers_DoesNotExist()
    {
        await world.CreateAsync("ann", "secret", "private");

        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.JoinAsync("bob", "secret")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.LeaveAsync("bob", "secret")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "secret", "hi")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(async () => await world.Rooms.GetInfoAsync("bob", "secret", default)));
        Assert.Equal("not_found", Refusal(() => world.Open("bob", "secret")));
        Assert.Empty((await world.Rooms.ListAsync("bob", new RoomList(), default)).Rooms);
        RSocketException secret = await Assert.ThrowsAsync<RSocketException>(async () => await world.Rooms.GetInfoAsync("bob", "secret", default));
        RSocketException nothing = await Assert.ThrowsAsync<RSocketException>(async () => await world.Rooms.GetInfoAsync("bob", "nothing", default));
        Assert.Equal(nothing.Message.Replace("nothing", "secret", StringComparison.Ordinal), secret.Message);
    }

    [Fact]
    public async Task PrivateRoom_ForTheInvited_IsSeenAndReadOnlyAfterJoining()
    {
        await world.CreateAsync("ann", "secret", "private");
        await world.SetStandingAsync("bob", "secret", Standing.Invited, "invited");

        Assert.Null((await world.Rooms.GetInfoAsync("bob", "secret", default)).Role);
        Assert.Single((await world.Rooms.ListAsync("bob", new RoomList(), default)).Rooms);
        Assert.Empty((await world.Rooms.ListAsync("bob", new RoomList { Mine = true }, default)).Rooms);
        await world.CreateAsync("ann", "open");
        Assert.Equal(["secret"], (await world.Rooms.ListAsync("bob", new RoomList { Invited = true }, default)).Rooms.Select(room => room.Room));
        Assert.Empty((await world.Rooms.ListAsync("bob", new RoomList { Invited = true, Mine = true }, default)).Rooms);
        Assert.Empty((await world.Rooms.ListAsync("ann", new RoomList { Invited = true }, default)).Rooms);
        Assert.Equal("forbidden", Refusal(() => world.Open("bob", "secret")));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "secret", "hi")));

        await world.JoinAsync("bob", "secret");
        Assert.Empty((await world.Rooms.ListAsync("bob", new RoomList { Invited = true }, default)).Rooms);
        Assert.Equal(1, (await world.SendAsync("bob", "secret", "hi")).Seq - 3);
    }

    [Fact]
    public async Task Banned_FromAPublicRoom_MayNeitherReadNorJoin()
    {
        await world.CreateAsync("ann", "lobby");
        await world.SetStandingAsync("bob", "lobby", Standing.Banned, "banned");

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.JoinAsync("bob", "lobby")));
        Assert.Equal("forbidden", Refusal(() => world.Open("bob", "lobby")));
        Assert.False(await world.LeaveAsync("bob", "lobby"));
        Assert.Equal(Standing.Banned, world.Room("lobby").FindMember("bob")!.Standing);
    }

    [Fact]
    public async Task Send_WithoutMembership_IsForbidden()
    {
        await world.CreateAsync("ann", "lobby");

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "lobby", "hi")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "elsewhere", "hi")));
        Assert.Equal(1, world.Room("lobby").Head);
    }

    [Fact]
    public async Task Send_OfAMessage_IsStoredWithAllItSays()
    {
        await world.CreateAsync("ann", "lobby");
        MessageSend message = world.Message("lobby", "look");
        message.ReplyTo = 1;
        message.Mentions = ["bob"];
        message.Meta = new Dictionary<string, string> { ["k"] = "v" };
        message.Attachments = [new AttachmentInfo { Id = "a1", Name = "x.png", Size = 3, Type = "image/png" }];

        MessageSent sent = await world.Rooms.SendAsync("ann", message, CancellationToken.None);

        Assert.Equal(("lobby", 2L, false), (sent.Room, sent.Seq, sent.Duplicate));
        RoomEvent stored = world.Room("lobby").Tail.Find(2)!.Decode();
        Assert.Equal(("lobby", 2L, sent.At, "message", "ann"), (stored.Room, stored.Seq, stored.At, stored.Type, stored.From));
        Assert.Equal((message.Id, "look", 1L, "bob", "v", "a1"), (stored.Id, stored.Text, stored.ReplyTo, stored.Mentions![0], stored.Meta!["k"], stored.Attachments![0].Id));
    }

    [Fact]
    public async Task Send_InReplyToAnEntryThatIsNotThere_IsABadRequest()
    {
        await world.CreateAsync("ann", "lobby");
        MessageSend message = world.Message("lobby", "look");
        message.ReplyTo = 2;

        Assert.Equal("bad_request", await ChatWorld.RefusalOf(async () => await world.Rooms.SendAsync("ann", message, CancellationToken.None)));
    }

    [Fact]
    public async Task Send_AgainUnderTheSameId_GivesTheSameSeq()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        MessageSent first = await world.SendAsync("ann", "lobby", "hi", "id");
        world.Time.Advance(TimeSpan.FromMinutes(1));

        MessageSent second = await world.SendAsync("ann", "lobby", "hi", "id");
        MessageSent other = await world.SendAsync("bob", "lobby", "hi", "id");

        Assert.Equal((first.Seq, first.At, true), (second.Seq, second.At, second.Duplicate));
        Assert.Equal((first.Seq + 1, false), (other.Seq, other.Duplicate));
    }

    [Fact]
    public async Task Time_RunningBackwards_DoesNotReachTheLog()
    {
        await world.CreateAsync("ann", "lobby");
        MessageSent late = await world.SendAsync("ann", "lobby", "hi");
        using ChatWorld restarted = new(store: world.Store);
        await restarted.Rooms.StartAsync(CancellationToken.None);

        Assert.Equal(late.At, (await restarted.SendAsync("ann", "lobby", "hi", "other")).At);
    }

    [Fact]
    public async Task Restart_FindsRoomsMembersHeadsAndSends()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        MessageSent sent = await world.SendAsync("bob", "lobby", "hi", "id");
        RoomInfo before = (await world.Rooms.GetInfoAsync("bob", "lobby", default));

        using ChatWorld restarted = new(store: world.Store);
        await restarted.Rooms.StartAsync(CancellationToken.None);

        Assert.Equal(before, (await restarted.Rooms.GetInfoAsync("bob", "lobby", default)));
        Assert.Equal(["ann", "bob"], restarted.Room("lobby").Members().Select(member => member.User).Order(StringComparer.Ordinal));
        MessageSent again = await restarted.SendAsync("bob", "lobby", "hi", "id");
        Assert.Equal((sent.Seq, sent.At, true), (again.Seq, again.At, again.Duplicate));
        Assert.Equal(sent.Seq + 1, (await restarted.SendAsync("bob", "lobby", "ho")).Seq);
    }

    [Fact]
    public async Task Leave_ByAMember_EndsMembershipAndMayBeRepeated()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");

        Assert.True(await world.LeaveAsync("bob", "lobby"));
        Assert.False(await world.LeaveAsync("bob", "lobby"));

        Assert.Equal((3, 1), (world.Room("lobby").Head, world.Room("lobby").MemberCount));
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "lobby", "hi")));
    }

    [Fact]
    public async Task Leave_ByTheOwner_MakesTheOldestModeratorOwner()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.JoinAsync("cid", "lobby");
        await world.JoinAsync("dan", "lobby");
        await world.SetStandingAsync("dan", "lobby", Standing.Moderator, "role");
        await world.SetStandingAsync("cid", "lobby", Standing.Moderator, "role");

        await world.LeaveAsync("ann", "lobby");

        Assert.Equal("owner", (await world.Rooms.GetInfoAsync("cid", "lobby", default)).Role);
        RoomEvent[] last = (await HistoryAsync("bob", "lobby"))[^2..];
        Assert.Equal(("role", "cid", "owner", "ann"), (last[0].Change, last[0].User, last[0].Role, last[0].From));
        Assert.Equal(("left", "ann"), (last[1].Change, last[1].User));
    }

    [Fact]
    public async Task Leave_ByTheOwnerAmongMembers_MakesTheOldestOwner_AndByTheLastNobody()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.JoinAsync("cid", "lobby");

        await world.LeaveAsync("ann", "lobby");
        Assert.Equal("owner", (await world.Rooms.GetInfoAsync("bob", "lobby", default)).Role);

        await world.LeaveAsync("cid", "lobby");
        await world.LeaveAsync("bob", "lobby");
        Assert.Equal(0, (await world.Rooms.GetInfoAsync("bob", "lobby", default)).Members);
        Assert.Equal("owner", (await world.JoinAsync("eve", "lobby")).Role);
    }

    [Fact]
    public async Task Leave_ByOneOfTwoOwners_MakesNobodyOwner()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.JoinAsync("cid", "lobby");
        await world.SetStandingAsync("cid", "lobby", Standing.Owner, "role");

        await world.LeaveAsync("ann", "lobby");

        Assert.Equal("member", (await world.Rooms.GetInfoAsync("bob", "lobby", default)).Role);
        Assert.Equal(5, world.Room("lobby").Head);
    }

    [Fact]
    public async Task List_PageByPage_ShowsEveryVisibleRoomOnce()
    {
        for (int i = 0; i < 25; i++)
        {
            await world.CreateAsync(i % 3 == 0 ? "ann" : "bob", $"r{i:00}", i % 5 == 0 ? "private" : "public");
        }

        List<string> seen = [];
        string? next = null;
        do
        {
            RoomPage page = (await world.Rooms.ListAsync("ann", new RoomList { After = next, Limit = 4 }, default));
            seen.AddRange(page.Rooms.Select(room => room.Room));
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(Enumerable.Range(0, 25).Where(i => i % 5 != 0 || i % 3 == 0).Select(i => $"r{i:00}"), seen);
        Assert.Equal(["r00", "r03", "r06", "r09"], (await world.Rooms.ListAsync("ann", new RoomList { Mine = true, Prefix = "r0" }, default)).Rooms.Select(room => room.Room));
        Assert.Empty((await world.Rooms.ListAsync("ann", new RoomList { Prefix = "x" }, default)).Rooms);
        Assert.Equal(["r01"], (await world.Rooms.ListAsync("ann", new RoomList { Prefix = "r01", After = "a" }, default)).Rooms.Select(room => room.Room));
    }

    private static string Refusal(Func<object> act) => Assert.Throws<RSocketException>(act).Message.Split(':')[0];

    private async Task<RoomEvent[]> HistoryAsync(string user, string room) =>
        [.. (await world.Feeds.HistoryAsync(user, new HistoryRequest { Room = room }, CancellationToken.None)).ReadEvents()];
}
