using RSocketIm.Protocol;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Feeds;

public sealed class BlockCacheTests : IDisposable
{
    private readonly ChatWorld world = new(new RoomOptions { TailBytes = 0 });

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task LaggingFeeds_AtTheSamePlace_ShareOneRead()
    {
        await FillAsync("lobby", 100);
        Task started = world.Store.HoldReads();
        FakeStream[] feeds = [.. Enumerable.Range(0, 20).Select(i => world.Open("bob", "lobby", i))];
        foreach (FakeStream feed in feeds)
        {
            feed.Grant(1000);
            feed.Poke();
        }

        await started;
        world.Store.LetReadsGo();
        await Task.WhenAll(feeds.Select((feed, i) => feed.ReceivedAsync(100 - i)));

        Assert.Equal(1, world.Store.Reads);
    }

    [Fact]
    public async Task SlowReader_HoldsTheShellAndNotTheBlock()
    {
        long block = 100 * EntryCost();
        using ChatWorld small = new(new RoomOptions { TailBytes = 0, BlockCacheBytes = block * 3 / 2 });
        await FillAsync("slow", 100, small);
        await FillAsync("other", 100, small);
        FakeStream slow = small.Open("bob", "slow", 0);
        slow.Grant(1);
        await slow.ReceivedAsync(1);
        FakeStream other = small.Open("bob", "other", 0);
        other.Grant(100);
        await other.ReceivedAsync(100);

        // The other room's block pushed out the slow reader's; it is read again when the reader goes on.
        Assert.Equal(2, small.Store.Reads);
        Assert.InRange(small.Blocks.Bytes, block / 2, block * 3 / 2);
        slow.Grant(99);
        await slow.ReceivedAsync(100);
        Assert.Equal(3, small.Store.Reads);
    }

    [Fact]
    public async Task Blocks_ThatStopAtTheirBytes_AreFollowedByTheRestOfTheWindow()
    {
        await world.CreateAsync("ann", "lobby");
        string large = new('x', 15_000);
        for (int i = 0; i < 99; i++)
        {
            await world.SendAsync("ann", "lobby", large);
        }

        FakeStream first = world.Open("bob", "lobby", 0);
        FakeStream middle = world.Open("bob", "lobby", 60);
        first.Grant(1000);
        middle.Grant(1000);
        await first.ReceivedAsync(100);
        await middle.ReceivedAsync(40);

        // 1.5 MB in blocks of 256 KiB: 17 entries each, and all readers agree where they begin.
        Assert.InRange(world.Store.Reads, 6, 7);
    }

    [Fact]
    public async Task Reads_OfManyRoomsAtOnce_AreFewAtATime()
    {
        for (int i = 0; i < 30; i++)
        {
            await FillAsync($"r{i}", 5);
        }

        Task started = world.Store.HoldReads();
        FakeStream[] feeds = [.. Enumerable.Range(0, 30).Select(i => world.Open("bob", $"r{i}", 0))];
        foreach (FakeStream feed in feeds)
        {
            feed.Grant(100);
        }

        await started;
        Assert.InRange(world.Store.Reads, 1, 8);
        world.Store.LetReadsGo();
        await Task.WhenAll(feeds.Select(feed => feed.ReceivedAsync(5)));
        Assert.Equal(30, world.Store.Reads);
    }

    [Fact]
    public async Task ReleasedReader_WhoseReadIsUnderWay_IsForgotten()
    {
        await FillAsync("lobby", 5);
        Task started = world.Store.HoldReads();
        FakeStream gone = world.Open("bob", "lobby", 0);
        FakeStream stays = world.Open("bob", "lobby", 0);
        gone.Grant(5);
        stays.Grant(5);
        await started;
        gone.Cancel();
        world.Store.LetReadsGo();
        await stays.ReceivedAsync(5);

        Assert.Equal((0, 1L), (gone.Count, world.Metrics.OpenFeeds));
    }

    [Fact]
    public async Task StoreThatLacksAnEntry_FailsItsWaiters()
    {
        await FillAsync("lobby", 5);
        Waiter waiter = new();
        world.Blocks.Find(world.Room("lobby"), 200, null, waiter);

        Assert.Equal(0x503u, (uint)(await waiter.Failure.Task).Code);
    }

    private static long EntryCost() => new LogEntry(1, 0, EntryKind.Message, "ann", 0, new byte[75]).Cost;

    private async Task FillAsync(string room, int entries, ChatWorld? chat = null)
    {
        chat ??= world;
        await chat.CreateAsync("ann", room);
        await chat.SendManyAsync("ann", room, entries - 1);
    }

    private sealed class Waiter : IBlockWaiter
    {
        public TaskCompletionSource<RSocketException> Failure { get; } = new();

        public void BlockLoaded(CachedBlock place, EntryBlock block) => Failure.SetException(new InvalidOperationException("It was not to be found."));

        public void BlockFailed(RSocketException reason) => Failure.SetResult(reason);
    }
}
