using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Feeds;

/// <summary>The copies of a deleted message: in the tail, in shared blocks, in a block that is being read, and in a reader's hand.</summary>
public sealed class RedactionTests : IDisposable
{
    private readonly ChatWorld world = new(new RoomOptions { TailBytes = 0 });

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task BlockInTheCache_LosesTheWords()
    {
        await FillAsync();
        FakeStream slow = world.Open("ann", "lobby", 0);
        FakeStream fast = world.Open("ann", "lobby", 0);
        slow.Grant(1);
        fast.Grant(100);
        await slow.ReceivedAsync(1);
        await fast.ReceivedAsync(10);
        await world.DeleteAsync("ann", "lobby", 5);
        slow.Grant(100);
        await slow.ReceivedAsync(11);

        AssertWithoutWords(slow, 11);
    }

    [Fact]
    public async Task EntryInAReadersHand_LosesTheWords()
    {
        await FillAsync();
        Owner owner = new();
        LogCursor cursor = new(world.Room("lobby"), "ann", 4, membersOnly: false, world.Blocks, owner);
        Assert.Null(cursor.TryTake());
        await owner.Ready.Task;

        // The block has come and nobody takes from it, for want of credit.
        await world.DeleteAsync("ann", "lobby", 5);
        owner.Ready = new TaskCompletionSource();
        Assert.Null(cursor.TryTake());
        await owner.Ready.Task;
        RoomEvent taken = cursor.TryTake()!.Decode();
        Assert.Equal((5L, true, null), (taken.Seq, taken.Deleted, taken.Text));
        cursor.Close();
    }

    [Fact]
    public async Task BlockThatIsBeingRead_IsReadAgain()
    {
        await FillAsync();
        world.Store.KeepReadsFromBefore = true;
        Task started = world.Store.HoldReads();
        FakeStream feed = world.Open("ann", "lobby", 0);
        feed.Grant(100);
        await started;

        // The read under way has its bytes, from before; this one is quick, and deletes what they say.
        world.Store.LetOneReadThrough();
        await world.DeleteAsync("ann", "lobby", 5);
        world.Store.LetReadsGo();
        await feed.ReceivedAsync(11);

        AssertWithoutWords(feed, 11);
    }

    [Fact]
    public async Task TailsBudget_CountsWhatIsLeft()
    {
        using ChatWorld warm = new();
        await warm.CreateAsync("ann", "lobby");
        await warm.SendAsync("ann", "lobby", new string('x', 10_000));
        await warm.DeleteAsync("ann", "lobby", 2);

        Assert.Equal(Enumerable.Range(1, 3).Sum(seq => (long)warm.Room("lobby").Tail.Find(seq)!.Cost), warm.Tails.Bytes);
        Assert.InRange(warm.Tails.Bytes, 1, 2000);
    }

    [Fact]
    public async Task Feeds_WhileMessagesAreDeleted_NeverTellTheWordsOfOneDeletedBeforeTheyAsked()
    {
        using ChatWorld small = new(new RoomOptions { TailBytes = 2000, BlockCacheBytes = 20_000 });
        await small.CreateAsync("ann", "lobby");
        await small.SendManyAsync("ann", "lobby", 400);
        Random random = new(3);
        HashSet<long> deleted = [];
        for (int i = 0; i < 100; i++)
        {
            long target = random.Next(2, 402);
            long from = Math.Max(0, target - random.Next(1, 200));
            FakeStream feed = new(small.Feeds.Open("ann", new FeedRequest { Room = "lobby", After = from }, DataFormat.MessagePack), onThreadPool: true);
            int before = random.Next((int)(target - from));
            feed.Grant(before);
            await feed.ReceivedAsync(before);
            await small.DeleteAsync("ann", "lobby", target);
            deleted.Add(target);
            int count = (int)(small.Room("lobby").Head - from);
            feed.Grant(count);
            await feed.ReceivedAsync(count);
            feed.Cancel();
            foreach (RoomEvent entry in feed.Received.Select(bytes => RoomEvent.Format.Read(DataFormat.MessagePack, bytes)))
            {
                Assert.Equal(entry.Type == "message" && !deleted.Contains(entry.Seq), entry.Text is not null);
            }
        }
    }

    private static void AssertWithoutWords(FakeStream feed, int count)
    {
        Assert.Equal(Enumerable.Range(1, count).Select(seq => (long)seq), feed.Received.Select(bytes => RoomEvent.Format.Read(DataFormat.MessagePack, bytes).Seq));
        Assert.DoesNotContain(feed.Received, bytes => Encoding.UTF8.GetString(bytes).Contains("text 3", StringComparison.Ordinal));
    }

    // 1 joined, 2..10 "text 0".."text 8": entry 5 says "text 3".
    private async Task FillAsync()
    {
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 9);
    }

    private sealed class Owner : ILogCursorOwner
    {
        public TaskCompletionSource Ready { get; set; } = new();

        public void CursorReady(LogCursor cursor) => Ready.TrySetResult();

        public void CursorStopped(LogCursor cursor, RSocketException reason) => Ready.TrySetException(reason);

        public void CursorFailed(LogCursor cursor, RSocketException reason) => Ready.TrySetException(reason);
    }
}
