using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms;

/// <summary>Which commits are framed once for all who read along.</summary>
public sealed class RunFramingTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Theory]
    [InlineData(RunFraming.LeastReaders, RunFraming.LeastEntries, true)]
    [InlineData(RunFraming.LeastReaders + 5, RunFraming.LeastEntries + 16, true)]
    [InlineData(RunFraming.LeastReaders - 1, RunFraming.LeastEntries, false)]
    [InlineData(RunFraming.LeastReaders - 1, RunFraming.LeastEntries + 16, false)]
    [InlineData(RunFraming.LeastReaders, RunFraming.LeastEntries - 1, false)]
    [InlineData(0, RunFraming.LeastEntries + 16, false)]
    public async Task Commit_OfEnoughEntries_ForEnoughReaders_IsARun(int readers, int entries, bool framed)
    {
        await FillAsync(readers, entries);

        LogEntry[] committed = Entries(3, entries);
        PayloadRun? run = committed[0].Run;
        Assert.Equal(framed, run is not null);
        Assert.All(committed, entry => Assert.Same(run, entry.Run));
        if (run is not null)
        {
            Assert.Equal(entries, run.Count);
            Assert.Equal(Enumerable.Range(0, entries), committed.Select(entry => entry.RunIndex));
            Assert.All(committed, entry => Assert.Equal(entry.Bytes.ToArray(), run.Data(entry.RunIndex).ToArray()));
        }

        Assert.All(Entries(1, 2), entry => Assert.Null(entry.Run)); // each was a commit by itself
    }

    [Fact]
    public async Task ReadersWhoHaveGone_DoNotCount()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream[] feeds = [.. Enumerable.Range(0, RunFraming.LeastReaders).Select(_ => world.Open("bob", "lobby"))];
        feeds[3].Cancel();
        await world.SendTogetherAsync("ann", "lobby", Texts(10));

        Assert.All(Entries(1, 12), entry => Assert.Null(entry.Run));
    }

    [Fact]
    public async Task ReadersOfAnotherRoom_DoNotCount()
    {
        await world.CreateAsync("ann", "hall");
        for (int i = 0; i < RunFraming.LeastReaders; i++)
        {
            world.Open("bob", "hall");
        }

        await FillAsync(RunFraming.LeastReaders - 1, 10);

        Assert.All(Entries(1, 12), entry => Assert.Null(entry.Run));
    }

    [Fact]
    public async Task Entries_ThatAreTooMuchForOneRun_AreSeveral_AndOneThatIsLeftOverIsNone()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream[] feeds = [.. Enumerable.Range(0, RunFraming.LeastReaders).Select(_ => world.Open("bob", "lobby"))];
        await world.SendTogetherAsync("ann", "lobby", Enumerable.Range(0, 7).Select(i => $"{i}".PadRight(10_000)));

        LogEntry[] committed = Entries(3, 7);
        Assert.Equal([0, 1, 2, 0, 1, 2, 0], committed.Select(entry => entry.RunIndex));
        Assert.Equal([3, 3, 3, 3, 3, 3, null], committed.Select(entry => entry.Run?.Count));
        Assert.Same(committed[3].Run, committed[5].Run);
        Assert.NotSame(committed[2].Run, committed[3].Run);
        feeds[0].Grant(100);
        Assert.Equal(Entries(2, 8).Select(entry => Convert.ToHexString(entry.Bytes.Span)), feeds[0].Received.Select(data => Convert.ToHexString(data)));
    }

    [Fact]
    public async Task RunsAndDeletions_AreInTheTailsBudget()
    {
        await FillAsync(RunFraming.LeastReaders, 10);
        long before = world.Tails.Bytes;
        Assert.Equal(Entries(1, 12).Sum(entry => (long)entry.Cost), before);
        Assert.InRange(before, Entries(1, 12).Sum(entry => (long)entry.Bytes.Length * 3), long.MaxValue);

        await world.DeleteAsync("ann", "lobby", 5);
        Assert.Equal(Entries(1, 13).Sum(entry => (long)entry.Cost), world.Tails.Bytes);
    }

    private static IEnumerable<string> Texts(int count) => Enumerable.Range(0, count).Select(i => $"text {i}");

    // 1 joined, 2 "first", and from 3 on the texts that were committed together.
    private async Task FillAsync(int readers, int entries)
    {
        await world.CreateAsync("ann", "lobby");
        for (int i = 0; i < readers; i++)
        {
            world.Open("bob", "lobby");
        }

        await world.SendTogetherAsync("ann", "lobby", Texts(entries));
    }

    private LogEntry[] Entries(long first, int count) =>
        [.. Enumerable.Range(0, count).Select(i => world.Room("lobby").Tail.Find(first + i)!)];
}
