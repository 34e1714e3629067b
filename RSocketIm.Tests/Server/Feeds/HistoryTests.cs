using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Feeds;

public sealed class HistoryTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Theory]
    [InlineData(null, null, 3, new long[] { 8, 9, 10 }, true)]
    [InlineData(null, null, 10, new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, false)]
    [InlineData(8L, null, 3, new long[] { 5, 6, 7 }, true)]
    [InlineData(4L, null, 3, new long[] { 1, 2, 3 }, false)]
    [InlineData(11L, null, 1, new long[] { 10 }, true)]
    [InlineData(1L, null, 1, new long[] { }, false)]
    [InlineData(null, 0L, 3, new long[] { 1, 2, 3 }, true)]
    [InlineData(null, 7L, 3, new long[] { 8, 9, 10 }, false)]
    [InlineData(null, 10L, 3, new long[] { }, false)]
    [InlineData(6L, 2L, 10, new long[] { 3, 4, 5 }, false)]
    [InlineData(6L, 2L, 2, new long[] { 3, 4 }, true)]
    [InlineData(2L, 5L, 2, new long[] { }, false)]
    public async Task Page_HoldsTheEntriesBetweenItsBounds(long? before, long? after, int limit, long[] seqs, bool more)
    {
        foreach (long tailBytes in new[] { 0L, 1200, 1 << 20 })
        {
            using ChatWorld chat = new(new RoomOptions { TailBytes = tailBytes });
            await chat.CreateAsync("ann", "lobby");
            await chat.SendManyAsync("ann", "lobby", 9);

            HistoryPage page = await ReadAsync(chat, before, after, limit);

            Assert.Equal(seqs, page.ReadEvents().Select(e => e.Seq));
            Assert.Equal((more, 10L, chat.Room("lobby").Record.Epoch), (page.More, page.Head, page.Epoch));
        }
    }

    [Theory]
    [InlineData(12L, null)]
    [InlineData(null, 11L)]
    [InlineData(-1L, null)]
    [InlineData(null, -1L)]
    public async Task Bounds_BeyondTheHead_AreABadRequest(long? before, long? after)
    {
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 9);

        Assert.Equal("bad_request", await ChatWorld.RefusalOf(() => ReadAsync(world, before, after, 10)));
    }

    [Fact]
    public async Task Page_CountsOnlyWhatItShows_AndFoldsTheRest()
    {
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 2);
        for (int i = 0; i < 600; i++)
        {
            await AppendAsync(new RoomEvent { Type = "reaction", From = "bob", Target = 3, Emoji = "👍", On = i % 2 == 0 });
        }

        await AppendAsync(new RoomEvent { Type = "edit", From = "ann", Target = 2, Text = "edited" });
        await AppendAsync(new RoomEvent { Type = "reaction", From = "cid", Target = 2, Emoji = "👍", On = true });
        await AppendAsync(new RoomEvent { Type = "delete", From = "ann", Target = 3 });
        await world.SendAsync("ann", "lobby", "last");

        HistoryPage newest = await ReadAsync(world, null, null, 3);
        RoomEvent[] events = [.. newest.ReadEvents()];
        Assert.Equal([2, 3, 607], events.Select(e => e.Seq));
        Assert.True(newest.More);
        Assert.Equal(("edited", "cid"), (events[0].Text, events[0].Reactions!["👍"].Single()));
        Assert.Equal((true, null), (events[1].Deleted, events[1].Text));
        Assert.Equal("last", events[2].Text);

        HistoryPage oldest = await ReadAsync(world, null, 1, 2);
        Assert.Equal(newest.Events.Take(2).Select(e => e.ToArray()), oldest.Events.Select(e => e.ToArray()));
        Assert.True(oldest.More);
    }

    [Fact]
    public async Task StoreFailure_IsUnavailable()
    {
        using ChatWorld chat = new(new RoomOptions { TailBytes = 0 });
        await chat.CreateAsync("ann", "lobby");
        chat.Store.ReadFailure = new IOException("disk");

        RSocketException error = await Assert.ThrowsAsync<RSocketException>(() => ReadAsync(chat, null, null, 10));
        Assert.Equal(0x503u, (uint)error.Code);
    }

    private static async Task<HistoryPage> ReadAsync(ChatWorld chat, long? before, long? after, int limit) =>
        await chat.Feeds.HistoryAsync("ann", new HistoryRequest { Room = "lobby", Before = before, After = after, Limit = limit }, CancellationToken.None);

    private async Task AppendAsync(RoomEvent content) => await world.Commits.RunAsync(new AppendAny(content), CancellationToken.None);

    private sealed class AppendAny(RoomEvent content) : RoomCommand<LogEntry>(content.From!, "lobby")
    {
        protected override LogEntry Run(CommitTurn turn) => turn.Require(Room).Append(content);
    }
}
