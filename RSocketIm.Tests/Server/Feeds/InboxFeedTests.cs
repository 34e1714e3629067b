using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Feeds;

public sealed class InboxFeedTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Inbox_WithoutPositions_StartsAtTheHeads()
    {
        await world.CreateAsync("ann", "a");
        await world.CreateAsync("ann", "b");
        await world.CreateAsync("bob", "elsewhere");
        FakeStream inbox = world.OpenInbox("ann");
        inbox.Grant(100);
        await world.SendAsync("ann", "a", "one");
        await world.SendAsync("ann", "b", "two");
        await world.SendAsync("bob", "elsewhere", "not for ann");

        Assert.Equal(["a 2", "b 2"], Seen(inbox));
    }

    [Fact]
    public async Task Inbox_WithPositions_GoesOnAfterThem_AndIgnoresRoomsThatAreNotItsUsers()
    {
        await world.CreateAsync("ann", "a");
        await world.CreateAsync("ann", "b");
        await world.CreateAsync("bob", "private", "private");
        await world.SendManyAsync("ann", "a", 3);
        FakeStream inbox = world.OpenInbox("ann", ("a", 1), ("private", 77), ("nowhere", 5));
        inbox.Grant(100);

        Assert.Equal(["a 2", "a 3", "a 4"], Seen(inbox));
    }

    [Fact]
    public async Task Position_BeyondTheHead_IsABadRequestThatLeavesNothingOpen()
    {
        await world.CreateAsync("ann", "a");

        Assert.Equal("bad_request", await ChatWorld.RefusalOf(() => Task.FromResult(world.OpenInbox("ann", ("a", 2)))));
        Assert.Equal(0, world.Metrics.OpenFeeds);
    }

    [Fact]
    public async Task StaleEpoch_IsGone_AndLeavesNothingOpen_AndThoseOfOthersRoomsMeanNothing()
    {
        string epoch = (await world.CreateAsync("ann", "a")).Epoch;
        await world.CreateAsync("ann", "b");
        await world.CreateAsync("bob", "elsewhere");

        Assert.Equal("gone", await ChatWorld.RefusalOf(() => Task.FromResult(Open(("a", epoch), ("b", epoch)))));
        Assert.Equal(0, world.Metrics.OpenFeeds);
        FakeStream open = new(Open(("a", epoch), ("elsewhere", "old"), ("nowhere", "old")));
        Assert.Equal(1, world.Metrics.OpenFeeds);
        open.Cancel();

        InboxFeed Open(params (string Room, string Epoch)[] epochs) => world.Inboxes.Open(
            "ann", new InboxRequest { Epochs = epochs.ToDictionary(each => each.Room, each => each.Epoch) }, DataFormat.MessagePack);
    }

    [Fact]
    public async Task BusyRoom_DoesNotStarveTheOthers()
    {
        await world.CreateAsync("ann", "busy");
        await world.CreateAsync("ann", "calm");
        await world.CreateAsync("ann", "quiet");
        await world.SendManyAsync("ann", "busy", 50);
        await world.SendManyAsync("ann", "calm", 3);
        FakeStream inbox = world.OpenInbox("ann", ("busy", 1), ("calm", 1));
        inbox.Grant(6);

        Assert.Equal(["busy 2", "calm 2", "busy 3", "calm 3", "busy 4", "calm 4"], Seen(inbox));
        inbox.Grant(100);
        Assert.Equal(53, inbox.Count);
    }

    [Fact]
    public async Task Inbox_TakesNoMoreThanItsCredit()
    {
        await world.CreateAsync("ann", "a");
        await world.CreateAsync("ann", "b");
        FakeStream inbox = world.OpenInbox("ann");
        inbox.Grant(2);
        await world.SendManyAsync("ann", "a", 3);
        await world.SendManyAsync("ann", "b", 3);

        Assert.Equal(2, inbox.Count);
        inbox.Grant(100);
        Assert.Equal(6, inbox.Count);
    }

    [Fact]
    public async Task RoomJoined_IsInAtOnce_FromTheEntryByWhichItWasJoined()
    {
        await world.CreateAsync("bob", "a");
        await world.SendManyAsync("bob", "a", 3);
        FakeStream inbox = world.OpenInbox("ann");
        inbox.Grant(100);
        await world.JoinAsync("ann", "a");
        await world.SendAsync("bob", "a", "welcome");
        await world.CreateAsync("ann", "own");
        await world.OpenDirectAsync("bob", "ann");

        Assert.Equal(["a 5", "a 6", "own 1", "dm:ann:bob 2"], Seen(inbox));
    }

    [Theory]
    [InlineData("public")]
    [InlineData("private")]
    public async Task RoomLeft_IsOutAtOnce_AndInAgainWhenJoinedAgain(string kind)
    {
        await world.CreateAsync("bob", "a", kind);
        await world.InviteAsync("bob", "a", "ann");
        await world.JoinAsync("ann", "a");
        FakeStream inbox = world.OpenInbox("ann");
        inbox.Grant(100);
        await world.SendAsync("bob", "a", "4");
        await world.LeaveAsync("ann", "a");
        await world.SendAsync("bob", "a", "6");
        await world.InviteAsync("bob", "a", "ann");
        await world.JoinAsync("ann", "a");
        await world.RemoveAsync("bob", "a", "ann");
        await world.SendAsync("bob", "a", "10");

        Assert.Equal(["a 4", "a 8"], Seen(inbox));
        Assert.False(inbox.IsOver);
    }

    [Fact]
    public async Task RoomLeftAndJoined_WithoutCredit_HoldsOneCursorARoom()
    {
        await world.CreateAsync("bob", "a");
        using InboxFeeds inboxes = new(world.Directory, world.Blocks, world.Metrics);
        InboxFeed feed = inboxes.Open("ann", new InboxRequest(), DataFormat.MessagePack);
        FakeStream inbox = new(feed);
        for (int i = 0; i < 20; i++)
        {
            await world.JoinAsync("ann", "a");
            Assert.Equal(1, feed.RoomCount);
            await world.LeaveAsync("ann", "a");
            Assert.Equal(0, feed.RoomCount);
        }

        inbox.Grant(10);
        Assert.Equal(0, inbox.Count);
        inbox.Cancel();
        Assert.Equal(0, world.Metrics.OpenFeeds);
    }

    [Theory]
    [InlineData("public")]
    [InlineData("private")]
    public async Task Notices_TellTheUserOfInvitationsAndEnds_AndOfNothingElseInThoseRooms(string kind)
    {
        await world.CreateAsync("bob", "a", kind);
        FakeStream inbox = OpenWithNotices("ann");
        FakeStream others = OpenWithNotices("eve");
        inbox.Grant(100);
        others.Grant(100);
        await world.InviteAsync("bob", "a", "ann");
        await world.SendAsync("bob", "a", "3, before ann is in");
        await world.RemoveAsync("bob", "a", "ann");
        await world.InviteAsync("bob", "a", "ann");
        await world.InviteAsync("bob", "a", "carl");
        await world.JoinAsync("ann", "a");
        await world.SendAsync("bob", "a", "8");
        await world.SetRoleAsync("bob", "a", "ann", "moderator");
        await world.RemoveAsync("bob", "a", "ann");
        await world.SendAsync("bob", "a", "11, after ann is out");
        await world.InviteAsync("bob", "a", "ann");
        await world.JoinAsync("ann", "a");
        await world.LeaveAsync("ann", "a");
        await world.InviteAsync("bob", "a", "ann");
        await world.BanAsync("bob", "a", "ann");
        await world.SendAsync("bob", "a", "17, after the ban");

        Assert.Equal(
            ["2 invited", "4 removed", "5 invited", "7 joined", "8 ", "9 role", "10 removed", "12 invited", "13 joined", "14 left", "15 invited", "16 banned"],
            Events(inbox).Select(e => $"{e.Seq} {e.Change}"));
        Assert.All(Events(inbox).Where(e => e.Type == "member"), e => Assert.Equal("ann", e.User));
        Assert.Equal(0, others.Count);
    }

    [Fact]
    public async Task Notices_OfABan_AreNotForWhoNeverHadToDoWithTheRoom()
    {
        await world.CreateAsync("bob", "secret", "private");
        FakeStream inbox = OpenWithNotices("ann");
        inbox.Grant(100);
        await world.BanAsync("bob", "secret", "ann");

        Assert.Equal(0, inbox.Count);
    }

    [Fact]
    public async Task Notices_ThatWereNotAskedFor_DoNotCome()
    {
        await world.CreateAsync("bob", "a");
        FakeStream inbox = world.OpenInbox("ann");
        inbox.Grant(100);
        await world.InviteAsync("bob", "a", "ann");
        await world.RemoveAsync("bob", "a", "ann");

        Assert.Equal(0, inbox.Count);
    }

    [Fact]
    public async Task Notices_WithoutCredit_HoldTheNewestOfARoom_AndNoneOfRoomsJoinedMeanwhile()
    {
        await world.CreateAsync("bob", "a", "private");
        await world.CreateAsync("bob", "b", "private");
        await world.CreateAsync("bob", "c", "private");
        FakeStream inbox = OpenWithNotices("ann");
        await world.InviteAsync("bob", "c", "ann");
        for (int i = 0; i < 10; i++)
        {
            await world.InviteAsync("bob", "a", "ann");
            await world.RemoveAsync("bob", "a", "ann");
            await world.InviteAsync("bob", "b", "ann");
            await world.JoinAsync("ann", "b");
            await world.LeaveAsync("ann", "b");
        }

        await world.JoinAsync("ann", "c");
        inbox.Grant(100);

        Assert.Equal(["a 21 removed", "b 31 left", "c 3 joined"], Events(inbox).Select(e => $"{e.Room} {e.Seq} {e.Change}"));
    }

    [Fact]
    public async Task PositionTakenFromANotice_IsGoodAfterJoining()
    {
        await world.CreateAsync("bob", "a", "private");
        FakeStream inbox = OpenWithNotices("ann");
        inbox.Grant(100);
        await world.InviteAsync("bob", "a", "ann");
        long told = Assert.Single(Events(inbox)).Seq;
        await world.SendAsync("bob", "a", "3");
        FakeStream invited = world.OpenInbox("ann", ("a", told));
        invited.Grant(100);
        Assert.Equal(0, invited.Count);
        await world.JoinAsync("ann", "a");

        Assert.Equal(["a 4"], Seen(invited));
        FakeStream joined = world.OpenInbox("ann", ("a", told));
        joined.Grant(100);
        Assert.Equal(["a 3", "a 4"], Seen(joined));
    }

    [Fact]
    public async Task ThousandRooms_AreReadFromStoreAndTail_WithoutAHoleOrARepeat()
    {
        using ChatWorld large = new(new RoomOptions { TailBytes = 100_000, BlockCacheBytes = 50_000 });
        (string, long)[] positions = new (string, long)[1000];
        for (int i = 0; i < 1000; i++)
        {
            string room = $"r{i:000}";
            await large.CreateAsync("ann", room);
            await large.SendManyAsync("ann", room, i % 5);
            positions[i] = (room, 0);
        }

        FakeStream inbox = new(large.Inboxes.Open("ann", new InboxRequest { Positions = positions.ToDictionary(each => each.Item1, each => each.Item2) }, DataFormat.MessagePack), onThreadPool: true);
        inbox.Grant(1_000_000);
        await inbox.ReceivedAsync(3000);
        await large.SendAsync("ann", "r500", "live");
        await inbox.ReceivedAsync(3001);

        foreach (IGrouping<string, RoomEvent> room in Events(inbox).GroupBy(e => e.Room))
        {
            Assert.Equal(Enumerable.Range(1, room.Count()).Select(i => (long)i), room.Select(e => e.Seq));
        }
    }

    [Fact]
    public async Task Inbox_CutAndResumedAtRandom_SeesEveryEntryOnce()
    {
        string[] rooms = ["a", "b", "c"];
        using ChatWorld small = new(new RoomOptions { TailBytes = 3000, BlockCacheBytes = 4000 });
        foreach (string room in rooms)
        {
            await small.CreateAsync("ann", room);
        }

        Random random = new(11);
        Dictionary<string, long> positions = rooms.ToDictionary(room => room, _ => 1L);
        for (int cut = 0; cut < 200; cut++)
        {
            await small.SendManyAsync("ann", rooms[random.Next(3)], random.Next(4));
            int due = (int)rooms.Sum(room => small.Room(room).Head - positions[room]);
            int credit = random.Next(due + 1);
            FakeStream inbox = new(small.Inboxes.Open("ann", new InboxRequest { Positions = positions }, DataFormat.MessagePack), onThreadPool: true);
            inbox.Grant(credit);
            await inbox.ReceivedAsync(credit);
            inbox.Cancel();
            foreach (RoomEvent entry in Events(inbox))
            {
                Assert.Equal(positions[entry.Room] + 1, entry.Seq);
                positions[entry.Room] = entry.Seq;
            }
        }
    }

    [Fact]
    public async Task Inbox_WhileRoomsAreJoinedAndLeft_HasNoHoleWithinAMembership()
    {
        await world.CreateAsync("bob", "a");
        FakeStream inbox = new(world.Inboxes.Open("ann", new InboxRequest(), DataFormat.MessagePack), onThreadPool: true);
        inbox.Grant(1_000_000);
        Task talk = Task.Run(() => world.SendManyAsync("bob", "a", 500));
        for (int i = 0; i < 50; i++)
        {
            await world.JoinAsync("ann", "a");
            await world.LeaveAsync("ann", "a");
        }

        await talk;
        await world.JoinAsync("ann", "a");
        await world.SendAsync("bob", "a", "last");
        long head = world.Room("a").Head;
        while (Events(inbox).LastOrDefault()?.Seq != head)
        {
            await Task.Yield();
        }

        RoomEvent[] seen = Events(inbox);
        for (int i = 1; i < seen.Length; i++)
        {
            Assert.True(seen[i].Seq == seen[i - 1].Seq + 1 || (seen[i].Seq > seen[i - 1].Seq && seen[i] is { Type: "member", Change: "joined", User: "ann" }), $"{seen[i - 1].Seq} was followed by {seen[i].Seq}.");
        }
    }

    private FakeStream OpenWithNotices(string user) => new(world.Inboxes.Open(user, new InboxRequest { Notices = true }, DataFormat.MessagePack));

    private static RoomEvent[] Events(FakeStream inbox) => [.. inbox.Received.Select(bytes => RoomEvent.Format.Read(DataFormat.MessagePack, bytes))];

    private static IEnumerable<string> Seen(FakeStream inbox) => Events(inbox).Select(e => $"{e.Room} {e.Seq}");
}
