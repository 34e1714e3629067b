using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Feeds;

public sealed class RoomFeedTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Feed_WithoutAfter_StartsAtTheHead()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream feed = world.Open("bob", "lobby");
        feed.Grant(10);
        Assert.Equal(0, feed.Count);

        await world.SendAsync("ann", "lobby", "hi");

        Assert.Equal([2L], Seqs(feed));
    }

    [Fact]
    public async Task Feed_AfterASeq_ReplaysAndGoesOnLive()
    {
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 5);
        FakeStream feed = world.Open("bob", "lobby", 2);
        feed.Grant(100);
        await world.SendManyAsync("ann", "lobby", 3);

        Assert.Equal([3, 4, 5, 6, 7, 8, 9], Seqs(feed));
    }

    [Fact]
    public async Task Feed_SpendsOneCreditAnEvent()
    {
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 10);
        FakeStream feed = world.Open("bob", "lobby", 0);

        Assert.Equal(0, feed.Count);
        feed.Grant(3);
        Assert.Equal([1, 2, 3], Seqs(feed));
        feed.Grant(1);
        Assert.Equal([1, 2, 3, 4], Seqs(feed));
    }

    [Fact]
    public async Task Feed_WithoutCredit_IsNeitherParkedNorSignalledNorPulled()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream feed = world.Open("bob", "lobby");

        await world.SendManyAsync("ann", "lobby", 10);

        Assert.Equal((0, 0, 0), (feed.Pulls, feed.ReadySignals, world.Room("lobby").ParkedCount));
        feed.Grant(2);
        Assert.Equal([2, 3], Seqs(feed));
        await world.SendManyAsync("ann", "lobby", 10);
        Assert.Equal((2, 0), (feed.Pulls, feed.ReadySignals));
    }

    [Fact]
    public async Task ParkedFeed_IsSignalledOncePerCommit()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream feed = world.Open("bob", "lobby");
        feed.Grant(100);
        Assert.Equal(1, world.Room("lobby").ParkedCount);
        feed.Poke();
        feed.Poke();
        Assert.Equal(1, world.Room("lobby").ParkedCount);

        Task started = world.Store.HoldCommits();
        Task<MessageSent> first = world.SendAsync("ann", "lobby", "hi");
        await started;
        Task<MessageSent>[] rest = [.. Enumerable.Range(0, 9).Select(_ => world.SendAsync("ann", "lobby", "hi"))];
        world.Store.LetCommitsGo();
        await first;
        await Task.WhenAll(rest);

        Assert.Equal((10, 2, 1), (feed.Count, feed.ReadySignals, world.Room("lobby").ParkedCount));
    }

    [Fact]
    public async Task Release_LeavesNothingInTheRoom()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream[] feeds = [.. Enumerable.Range(0, 10).Select(_ => world.Open("bob", "lobby"))];
        foreach (FakeStream feed in feeds)
        {
            feed.Grant(1);
        }

        Assert.Equal((10, 10L), (world.Room("lobby").ParkedCount, world.Metrics.OpenFeeds));
        foreach (FakeStream feed in feeds.Where((_, i) => i % 3 == 0))
        {
            feed.Cancel();
        }

        Assert.Equal((6, 6L), (world.Room("lobby").ParkedCount, world.Metrics.OpenFeeds));
        await world.SendAsync("ann", "lobby", "hi");
        Assert.Equal(Enumerable.Range(0, 10).Select(i => i % 3 == 0 ? 0 : 1), feeds.Select(feed => feed.Count));

        foreach (FakeStream feed in feeds)
        {
            feed.Cancel();
        }

        Assert.Equal((0, 0L), (world.Room("lobby").ParkedCount, world.Metrics.OpenFeeds));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(long.MaxValue)]
    public async Task Open_AfterASeqThatIsNotThere_IsABadRequest(long after)
    {
        await world.CreateAsync("ann", "lobby");

        Assert.Equal(0x400u, (uint)Assert.Throws<RSocketException>(() => world.Open("bob", "lobby", after)).Code);
        Assert.Equal(0, world.Metrics.OpenFeeds);
    }

    [Fact]
    public async Task Open_WithAStaleEpoch_IsGone()
    {
        string epoch = (await world.CreateAsync("ann", "lobby")).Epoch;

        RSocketException error = Assert.Throws<RSocketException>(
            () => world.Feeds.Open("bob", new FeedRequest { Room = "lobby", After = 7, Epoch = "old" }, DataFormat.MessagePack));
        Assert.Equal(0x410u, (uint)error.Code);
        Assert.Equal(1, world.Feeds.Open("bob", new FeedRequest { Room = "lobby", Epoch = epoch }, DataFormat.MessagePack).Cursor);
    }

    [Fact]
    public async Task Feed_InJson_SharesOneTranscodedCopy()
    {
        await world.CreateAsync("ann", "lobby");
        await world.SendAsync("ann", "lobby", "grüße");
        FakeStream feed = world.Open("bob", "lobby", 1, DataFormat.Json);
        feed.Grant(1);

        RoomEvent read = RoomEvent.Format.Read(DataFormat.Json, feed.Received[0]);
        Assert.Equal(("grüße", 2L), (read.Text, read.Seq));
        LogEntry entry = world.Room("lobby").Tail.Find(2)!;
        Assert.Equal(Encoding.UTF8.GetString(feed.Received[0]), Encoding.UTF8.GetString(entry.Json.Span));
        Assert.True(entry.Json.Equals(entry.Json));
    }

    [Fact]
    public async Task LosingTheRight_EndsAFeedWithoutCreditAtOnce()
    {
        await world.CreateAsync("ann", "secret", "private");
        await world.SetStandingAsync("bob", "secret", Standing.Member, "joined");
        FakeStream idle = world.Open("bob", "secret");
        FakeStream parked = world.Open("bob", "secret");
        FakeStream ann = world.Open("ann", "secret");
        parked.Grant(10);
        ann.Grant(10);

        await world.SetStandingAsync("bob", "secret", Standing.None, "removed");

        Assert.All([idle, parked], feed => Assert.Equal(0x403u, (uint)((RSocketException)feed.Error!).Code));
        Assert.Equal((0, 0, 1), (idle.Count, parked.Count, ann.Count));
        Assert.Equal(1, world.Metrics.OpenFeeds);
        Assert.Throws<RSocketException>(() => world.Open("bob", "secret"));
    }

    [Fact]
    public async Task LeavingAPublicRoom_LetsAFeedGoOn_AndABanEndsIt()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        FakeStream feed = world.Open("bob", "lobby");
        feed.Grant(10);

        await world.LeaveAsync("bob", "lobby");
        Assert.Equal((1, false), (feed.Count, feed.IsOver));
        await world.SetStandingAsync("bob", "lobby", Standing.Banned, "banned");
        Assert.Equal((1, true), (feed.Count, feed.IsOver));
    }

    [Fact]
    public async Task Pull_DuringTheCommitThatTakesTheRight_GivesNoLaterEntry()
    {
        const int Rounds = 3000;
        RoomRecord record = new("secret", "", RoomKind.Private, "epoch", 0, "ann", 0, 0);
        MemberRecord bob = new("bob", Standing.Member, 0, 0);
        LogEntry entry = new(1, 0, EntryKind.Message, "ann", 0, new byte[1]);
        Room[] rooms = [.. Enumerable.Range(0, Rounds).Select(_ => new Room(record, [bob]))];
        PayloadSource[] feeds = [.. rooms.Select(room => new RoomFeed(room, "bob", 0, DataFormat.MessagePack, world.Blocks, world.Metrics))];
        int reached = -1;

        // One thread pulls without pause; the other does, room by room, what a commit does.
        Task<int> reader = Task.Run(() =>
        {
            int leaked = 0;
            for (int round = 0; round < Rounds; round++)
            {
                Volatile.Write(ref reached, round);
                try
                {
                    while (feeds[round].TryPull(out _) == PullStatus.Idle)
                    {
                    }

                    leaked++;
                }
                catch (RSocketException)
                {
                    // What it has to end with.
                }
            }

            return leaked;
        });
        for (int round = 0; round < Rounds; round++)
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref reached) >= round);
            rooms[round].PublishState(record with { Head = 1 }, [bob with { Standing = Standing.None }]);
            world.Tails.Append(rooms[round].Tail, entry);
            rooms[round].PublishHead(1);
        }

        Assert.Equal(0, await reader);
    }

    [Fact]
    public async Task LaggingFeed_ReadsFromTheStoreWithoutHoleOrRepeat()
    {
        using ChatWorld small = new(new RoomOptions { TailBytes = 2000 });
        await small.CreateAsync("ann", "lobby");
        await small.SendManyAsync("ann", "lobby", 999);
        FakeStream feed = small.Open("bob", "lobby", 0);
        feed.Grant(5000);
        await feed.ReceivedAsync(1000);
        await small.SendManyAsync("ann", "lobby", 3);
        await feed.ReceivedAsync(1003);

        Assert.Equal(Enumerable.Range(1, 1003).Select(seq => (long)seq), Seqs(feed));
        Assert.InRange(small.Store.Reads, 1000 / BlockCache.EntriesPerBlock, (1000 / BlockCache.EntriesPerBlock) + 2);
    }

    [Fact]
    public async Task LaggingFeed_WithACacheOfNothing_StillArrives()
    {
        using ChatWorld none = new(new RoomOptions { TailBytes = 0, BlockCacheBytes = 0 });
        await none.CreateAsync("ann", "lobby");
        await none.SendManyAsync("ann", "lobby", 299);
        FakeStream feed = none.Open("bob", "lobby", 0);
        feed.Grant(1000);
        await feed.ReceivedAsync(300);

        Assert.Equal(Enumerable.Range(1, 300).Select(seq => (long)seq), Seqs(feed));
        Assert.Equal(0, none.Blocks.Bytes);
    }

    [Fact]
    public async Task StoreFailure_EndsTheFeedsThatWaitForIt_AndOnlyThose()
    {
        using ChatWorld small = new(new RoomOptions { TailBytes = 1000 });
        await small.CreateAsync("ann", "lobby");
        await small.SendManyAsync("ann", "lobby", 50);
        FakeStream live = small.Open("bob", "lobby");
        FakeStream lagging = small.Open("bob", "lobby", 0);
        live.Grant(10);
        small.Store.ReadFailure = new IOException("disk");
        lagging.Grant(10);
        await lagging.Ended;
        await small.SendAsync("ann", "lobby", "hi");

        Assert.Equal(0x503u, (uint)((RSocketException)lagging.Error!).Code);
        Assert.Equal((1, false), (live.Count, live.IsOver));
    }

    [Fact]
    public async Task Feeds_OfEveryPace_GetEveryEntryOnceWhileCommittersRun()
    {
        // A tail far smaller than the log: every feed moves between tail, blocks and parking all the time.
        using ChatWorld busy = new(new RoomOptions { TailBytes = 20_000, BlockCacheBytes = 60_000 });
        await busy.CreateAsync("ann", "lobby");
        const int Total = 6001;
        FakeStream[] feeds = [.. Enumerable.Range(0, 24).Select(i => new FakeStream(
            busy.Feeds.Open($"u{i}", new FeedRequest { Room = "lobby", After = i % 2 }, i % 4 == 3 ? DataFormat.Json : DataFormat.MessagePack), onThreadPool: true))];
        Task[] readers = [.. feeds.Select((feed, i) => Task.Run(async () =>
        {
            Random pace = new(i);
            int wanted = Total - (i % 2);
            for (int granted = 0; granted < wanted;)
            {
                int n = Math.Min(pace.Next(1, i < 8 ? 5000 : 200), wanted - granted);
                granted += n;
                feed.Grant(n);
                await feed.ReceivedAsync(granted);
            }
        }))];
        Task[] senders = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => busy.SendManyAsync("ann", "lobby", (Total - 1) / 4)))];

        await Task.WhenAll(senders.Concat(readers));

        for (int i = 0; i < feeds.Length; i++)
        {
            DataFormat format = i % 4 == 3 ? DataFormat.Json : DataFormat.MessagePack;
            Assert.Equal(
                Enumerable.Range(1 + (i % 2), Total - (i % 2)).Select(seq => (long)seq),
                feeds[i].Received.Select(data => RoomEvent.Format.Read(format, data).Seq));
        }
    }

    [Fact]
    public async Task Park_RacingACommit_NeverSleepsOverAnEntry()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream feed = new(world.Feeds.Open("bob", new FeedRequest { Room = "lobby", After = 1 }, DataFormat.MessagePack), onThreadPool: true);
        for (int round = 1; round <= 1000; round++)
        {
            // The grant makes the feed look and park just while the commit moves the head.
            Task<MessageSent> send = world.SendAsync("ann", "lobby", "hi");
            feed.Grant(1);
            await send;
            await feed.ReceivedAsync(round);
        }

        Assert.Equal(Enumerable.Range(2, 1000).Select(seq => (long)seq), Seqs(feed));
    }

    [Fact]
    public async Task IdleFeed_CostsTheBytesItsCommentSays()
    {
        await world.CreateAsync("ann", "lobby");
        FeedRequest request = new() { Room = "lobby" };
        world.Feeds.Open("bob", request, DataFormat.MessagePack);
        RoomFeed[] feeds = new RoomFeed[1000];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < feeds.Length; i++)
        {
            feeds[i] = world.Feeds.Open("bob", request, DataFormat.MessagePack);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / feeds.Length, 100, 160);
    }

    private static IEnumerable<long> Seqs(FakeStream feed) =>
        feed.Received.Select(data => RoomEvent.Format.Read(DataFormat.MessagePack, data).Seq);
}
