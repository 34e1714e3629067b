using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Feeds;

/// <summary>Readers who take runs: what they get is what they would get entry by entry.</summary>
public sealed class RunFeedTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Readers_GetEveryEntryOnceAndInOrder_ByRunsAndOneByOne()
    {
        FakeStream[] feeds = await OpenAsync();
        foreach (FakeStream feed in feeds)
        {
            feed.Grant(100);
        }

        await world.SendAsync("ann", "lobby", "alone");
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        await world.SendTogetherAsync("ann", "lobby", Texts(2));
        await world.SendTogetherAsync("ann", "lobby", Texts(5));

        Assert.All(feeds, feed => Assert.Equal(Seqs(2, 21), SeqsOf(feed)));
        Assert.All(feeds, feed => Assert.Equal([10, 5], feed.Runs.Select(slice => slice.Count)));
        Assert.Equal(["first", "text 0", "text 1"], TextsOf(feeds[0]).Skip(1).Take(3));
    }

    [Fact]
    public async Task CreditThatEndsWithinARun_GoesOnWhereItStopped()
    {
        FakeStream feed = (await OpenAsync())[0];
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        feed.Grant(1);
        Assert.Equal(Seqs(2, 1), SeqsOf(feed));
        feed.Grant(3);
        Assert.Equal(Seqs(2, 4), SeqsOf(feed));
        feed.Grant(1);
        Assert.Equal(Seqs(2, 5), SeqsOf(feed));
        feed.Grant(100);
        Assert.Equal(Seqs(2, 11), SeqsOf(feed));
        Assert.Equal([(0, 3), (3, 1), (4, 6)], feed.Runs.Select(slice => (slice.First, slice.Count)));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(8, 6)]
    [InlineData(11, 9)]
    public async Task ReaderWhoStartsWithinARun_GetsWhatComesAfter(long after, int first)
    {
        await OpenAsync();
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        FakeStream feed = world.Open("bob", "lobby", after);
        feed.Grant(100);

        Assert.Equal(Seqs(after + 1, 12 - (int)after), SeqsOf(feed));
        Assert.Equal([(first, 10 - first)], feed.Runs.Select(slice => (slice.First, slice.Count)));
    }

    [Theory]
    [InlineData(3)] // the first of the run
    [InlineData(8)]
    [InlineData(12)] // the last
    public async Task MessageOfARun_OnceDeleted_IsToldToNobody_AndTheOthersAre(long deleted)
    {
        FakeStream[] feeds = await OpenAsync();
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        PayloadRun run = world.Room("lobby").Tail.Find(3)!.Run!;
        for (int i = 0; i < feeds.Length; i++)
        {
            feeds[i].Grant(i); // 0 to 6 of the run's entries before the deletion, and one feed without any
        }

        await world.DeleteAsync("ann", "lobby", deleted);
        foreach (FakeStream feed in feeds)
        {
            int before = feed.Count;
            int runs = feed.Runs.Count;
            feed.Grant(100);

            Assert.Equal(Seqs(2, 12), SeqsOf(feed));
            Assert.Equal(runs, feed.Runs.Count);
            foreach (RoomEvent entry in feed.Received.Skip(before).Select(Read).Where(entry => entry.Seq is >= 3 and <= 12))
            {
                Assert.Equal(entry.Seq == deleted ? null : $"text {entry.Seq - 3}", entry.Text);
            }
        }

        Assert.True(run.IsWithdrawn);
    }

    [Fact]
    public async Task DeletionOfAnOlderMessage_LeavesARunAsItIs()
    {
        FakeStream[] feeds = await OpenAsync();
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        await world.DeleteAsync("ann", "lobby", 2);
        feeds[0].Grant(100);

        Assert.Equal(Seqs(2, 12), SeqsOf(feeds[0]));
        Assert.Equal([10], feeds[0].Runs.Select(slice => slice.Count));
        Assert.DoesNotContain(feeds[0].Received, data => Encoding.UTF8.GetString(data).Contains("first", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MessageSentAndDeletedInOneCommit_IsInTheRunWithoutItsWords()
    {
        FakeStream[] feeds = await OpenAsync();
        Task started = world.Store.HoldCommits();
        Task<MessageSent> first = world.SendAsync("ann", "lobby", "first");
        await started;
        Task<MessageSent>[] rest = [.. Texts(6).Select(text => world.SendAsync("ann", "lobby", text))];
        Task<EntryResult> deletion = world.DeleteAsync("ann", "lobby", 5);
        world.Store.LetCommitsGo();
        await Task.WhenAll(first, Task.WhenAll(rest), deletion);
        feeds[0].Grant(100);

        Assert.Equal(Seqs(2, 8), SeqsOf(feeds[0]));
        Assert.Equal(["text 0", "text 1", null, "text 3", "text 4", "text 5"], TextsOf(feeds[0]).Skip(1).Take(6));
        Assert.Equal([7], feeds[0].Runs.Select(slice => slice.Count));
    }

    [Fact]
    public async Task ReaderInJson_GetsJson()
    {
        await OpenAsync();
        FakeStream feed = world.Open("bob", "lobby", 1, DataFormat.Json);
        feed.Grant(100);
        await world.SendTogetherAsync("ann", "lobby", Texts(10));

        Assert.NotNull(world.Room("lobby").Tail.Find(3)!.Run);
        Assert.Equal(Seqs(2, 11), feed.Received.Select(data => RoomEvent.Format.Read(DataFormat.Json, data).Seq));
        Assert.Empty(feed.Runs);
    }

    [Fact]
    public async Task Inbox_TakesRunsOfTheOnlyRoomThatHasSomething_WithinItsCredit()
    {
        await OpenAsync();
        await world.CreateAsync("ann", "calm");
        FakeStream inbox = world.OpenInbox("ann", ("lobby", 1), ("calm", 1));
        inbox.Grant(4);
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        inbox.Grant(100);

        Assert.Equal(Seqs(2, 11), SeqsOf(inbox));
        Assert.Equal([(0, 3), (3, 7)], inbox.Runs.Select(slice => (slice.First, slice.Count)));
    }

    [Fact]
    public async Task Inbox_GivesRoomsTheirTurns_WhereSeveralHaveSomething()
    {
        await OpenAsync();
        await world.CreateAsync("ann", "calm");
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        await world.SendManyAsync("ann", "calm", 2);
        FakeStream inbox = world.OpenInbox("ann", ("lobby", 2), ("calm", 1));
        inbox.Grant(100);

        Assert.Equal(
            ["calm 2", "lobby 3", "calm 3", "lobby 4", "lobby 5", "lobby 6"],
            inbox.Received.Select(Read).Take(6).Select(entry => $"{entry.Room} {entry.Seq}"));
        Assert.Equal([7], inbox.Runs.Select(slice => slice.Count)); // what was left when the other had no more
        Assert.Equal(12, inbox.Count);
    }

    [Fact]
    public async Task Inbox_TellsWhatItHasToTellBeforeARun()
    {
        await OpenAsync();
        await world.JoinAsync("bob", "lobby");
        await world.CreateAsync("ann", "secret", "private");
        InboxRequest request = new() { Notices = true, Positions = new Dictionary<string, long> { ["lobby"] = world.Room("lobby").Head } };
        FakeStream inbox = new(world.Inboxes.Open("bob", request, DataFormat.MessagePack));
        await world.SendTogetherAsync("ann", "lobby", Texts(10));
        await world.SetStandingAsync("bob", "secret", Standing.Invited, "invited");
        inbox.Grant(100);

        Assert.Equal([$"secret {world.Room("secret").Head}", "lobby 3"], inbox.Received.Select(Read).Take(2).Select(entry => $"{entry.Room} {entry.Seq}"));
        Assert.Equal([10], inbox.Runs.Select(slice => slice.Count));
    }

    [Fact]
    public async Task Inbox_OfARoomThatIsLeftWithinARun_GetsNoMoreOfIt()
    {
        await OpenSecretAsync();
        FakeStream inbox = world.OpenInbox("bob", ("secret", world.Room("secret").Head));
        await world.SendTogetherAsync("ann", "secret", Texts(10));
        inbox.Grant(4);
        await world.SetStandingAsync("bob", "secret", Standing.None, "removed");
        int before = inbox.Count;
        inbox.Grant(100);

        Assert.Equal(4, before);
        Assert.DoesNotContain(inbox.Received.Skip(before).Select(Read), entry => entry.Type == "message");
    }

    [Fact]
    public async Task ReaderWhoLosesTheRight_GetsNoMoreOfTheRun()
    {
        await OpenSecretAsync();
        long head = world.Room("secret").Head;
        PayloadSource feed = world.Feeds.Open("bob", new FeedRequest { Room = "secret", After = head }, DataFormat.MessagePack);
        await world.SendTogetherAsync("ann", "secret", Texts(10));
        Assert.Equal(PullStatus.Next, feed.TryPull(out _));
        Assert.True(feed.TryPullRun(4, 32_768, 65_536, out RunSlice slice));
        Assert.Equal(4, slice.Count);

        await world.SetStandingAsync("bob", "secret", Standing.None, "removed");

        Assert.False(feed.TryPullRun(4, 32_768, 65_536, out _));
        Assert.Equal(0x403u, (uint)Assert.Throws<RSocketException>(() => feed.TryPull(out _)).Code);
        Assert.False(slice.Run.IsWithdrawn);
    }

    [Fact]
    public void PullOfARun_DuringTheCommitThatTakesTheRight_GivesNoLaterEntry()
    {
        const int Rounds = 3000;
        RoomRecord record = new("secret", "", RoomKind.Private, "epoch", 0, "ann", 0, 0);
        MemberRecord bob = new("bob", Standing.Member, 0, 0);
        LogEntry[] entries = Framed(1, 4);
        Room[] rooms = [.. Enumerable.Range(0, Rounds).Select(_ => new Room(record, [bob]))];
        PayloadSource[] feeds = [.. rooms.Select(room => new RoomFeed(room, "bob", 0, DataFormat.MessagePack, world.Blocks, world.Metrics))];
        int reached = -1;
        int leaked = 0;

        // One thread pulls without pause; the other does, room by room, what a commit does.
        var reader = new Thread(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                Volatile.Write(ref reached, round);
                while (rooms[round].Head == 0)
                {
                    leaked += feeds[round].TryPullRun(10, 32_768, 65_536, out _) ? 1 : 0;
                }

                leaked += feeds[round].TryPullRun(10, 32_768, 65_536, out _) ? 1 : 0;
            }
        });
        reader.Start();
        for (int round = 0; round < Rounds; round++)
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref reached) >= round);
            rooms[round].PublishState(record with { Head = 4 }, [bob with { Standing = Standing.None }]);
            Array.ForEach(entries, entry => world.Tails.Append(rooms[round].Tail, entry));
            rooms[round].PublishHead(4);
        }

        reader.Join();
        Assert.Equal(0, leaked);
    }

    [Fact]
    public void Run_IsTakenWhenTheHeadSaysSo_AndOnlyWithoutALongerFrame()
    {
        RoomRecord record = new("lobby", "", RoomKind.Public, "epoch", 0, "ann", 0, 0);
        Room room = new(record, []);
        LogEntry[] entries = Framed(1, 4);
        LogCursor cursor = new(room, "bob", 0, membersOnly: false, world.Blocks, new Owner());
        room.PublishState(record with { Head = 4 }, []);
        Array.ForEach(entries, entry => world.Tails.Append(room.Tail, entry));
        Assert.False(cursor.TryTakeRun(10, 32_768, 65_536, out _));

        room.PublishHead(4);
        int longest = entries[0].Run!.LongestFrame;
        Assert.False(cursor.TryTakeRun(10, 32_768, longest - 1, out _));
        Assert.Equal(0, cursor.Cursor);
        Assert.True(cursor.TryTakeRun(10, 2 * PayloadRun.MessageLength(entries[0].Bytes.Length), longest, out RunSlice slice));
        Assert.Equal((new RunSlice(entries[0].Run!, 0, 2), 2L), (slice, cursor.Cursor));
        Assert.Same(entries[2], cursor.TryTake());
        Assert.True(cursor.TryTakeRun(10, 0, longest, out slice));
        Assert.Equal((new RunSlice(entries[0].Run!, 3, 1), 4L), (slice, cursor.Cursor));
        Assert.False(cursor.TryTakeRun(10, 32_768, longest, out _));
        cursor.Close();
    }

    [Fact]
    public async Task ReadersOfEveryPace_WhileRunsAreCommittedAndMessagesDeleted_GetEveryEntryOnce()
    {
        using ChatWorld busy = new();
        await busy.CreateAsync("ann", "lobby");
        const int Rounds = 60;
        const int PerRound = 20; // "first", 18 together, and a deletion
        FakeStream[] feeds = [.. Enumerable.Range(0, 16).Select(i => new FakeStream(
            busy.Feeds.Open($"u{i}", new FeedRequest { Room = "lobby", After = 1 }, DataFormat.MessagePack), onThreadPool: true))];
        Task[] readers = [.. feeds.Select((feed, i) => Task.Run(async () =>
        {
            Random pace = new(i);
            for (int granted = 0; granted < Rounds * PerRound;)
            {
                int n = Math.Min(pace.Next(1, i < 8 ? 100 : 7), (Rounds * PerRound) - granted);
                granted += n;
                feed.Grant(n);
                await feed.ReceivedAsync(granted);
            }
        }))];
        for (int round = 0; round < Rounds; round++)
        {
            await busy.SendTogetherAsync("ann", "lobby", Texts(PerRound - 2));
            await busy.DeleteAsync("ann", "lobby", busy.Room("lobby").Head - 9);
        }

        // Who gets to a run before it is withdrawn is a matter of chance; what they get is not.
        await Task.WhenAll(readers);
        Assert.All(feeds, feed => Assert.Equal(Seqs(2, Rounds * PerRound), SeqsOf(feed)));
    }

    private static IEnumerable<string> Texts(int count) => Enumerable.Range(0, count).Select(i => $"text {i}");

    private static IEnumerable<long> Seqs(long first, int count) => Enumerable.Range(0, count).Select(i => first + i);

    private static RoomEvent Read(byte[] data) => RoomEvent.Format.Read(DataFormat.MessagePack, data);

    private static IEnumerable<long> SeqsOf(FakeStream feed) => feed.Received.Select(data => Read(data).Seq);

    private static IEnumerable<string?> TextsOf(FakeStream feed) => feed.Received.Select(data => Read(data).Text);

    // Entries as a commit leaves them that was worth a run.
    private static LogEntry[] Framed(long first, int count)
    {
        LogEntry[] entries = [.. Enumerable.Range(0, count).Select(i => new LogEntry(first + i, 0, EntryKind.Message, "ann", 0, new byte[5]))];
        PayloadRun run = PayloadRun.Create([.. entries.Select(entry => entry.Bytes)]);
        for (int i = 0; i < count; i++)
        {
            entries[i].PlaceIn(run, i);
        }

        return entries;
    }

    /// <summary>A room, its entry 1, and as many readers as make a run worth it.</summary>
    private async Task<FakeStream[]> OpenAsync()
    {
        await world.CreateAsync("ann", "lobby");
        return [.. Enumerable.Range(0, RunFraming.LeastReaders).Select(_ => world.Open("bob", "lobby"))];
    }

    /// <summary>A private room of which bob is a member, with readers enough too.</summary>
    private async Task OpenSecretAsync()
    {
        await world.CreateAsync("ann", "secret", "private");
        await world.SetStandingAsync("bob", "secret", Standing.Member, "joined");
        for (int i = 0; i < RunFraming.LeastReaders; i++)
        {
            world.Open("ann", "secret");
        }
    }

    private sealed class Owner : ILogCursorOwner
    {
        public void CursorReady(LogCursor cursor)
        {
        }

        public void CursorStopped(LogCursor cursor, RSocketException reason) => throw reason;

        public void CursorFailed(LogCursor cursor, RSocketException reason) => throw reason;
    }
}
