using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Feeds;

/// <summary>What readers get for entries that retention removed, whether the room knows of it already or only the store.</summary>
public sealed class GapTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Feed_FromBeforeTheFirstRetainedEntry_GetsOneGapForOneCredit(bool known)
    {
        using ChatWorld world = await FillAsync(known);
        FakeStream feed = new(world.Feeds.Open("ann", new FeedRequest { Room = "lobby", After = 2 }, DataFormat.Json), onThreadPool: true);
        feed.Grant(2);
        await feed.ReceivedAsync(2);

        RoomEvent[] seen = [.. feed.Received.Select(bytes => RoomEvent.Format.Read(DataFormat.Json, bytes))];
        Assert.Equal(("gap", 3L, 7L, "retention", null), (seen[0].Type, seen[0].Seq, seen[0].To, seen[0].Reason, seen[0].From));
        Assert.Equal(("message", 8L), (seen[1].Type, seen[1].Seq));
        feed.Grant(100);
        await feed.ReceivedAsync(4);
        Assert.Equal([3, 8, 9, 10], feed.Received.Select(bytes => RoomEvent.Format.Read(DataFormat.Json, bytes).Seq));
    }

    [Fact]
    public async Task Feed_OfARoomOfWhichNothingIsLeft_GetsAGapToTheHeadAndThenWhatIsNew()
    {
        using ChatWorld world = await FillAsync(known: true, first: 11);
        FakeStream feed = world.Open("ann", "lobby", 0);
        feed.Grant(2);
        await feed.ReceivedAsync(1);
        await world.SendAsync("ann", "lobby", "new");
        await feed.ReceivedAsync(2);

        RoomEvent[] seen = [.. feed.Received.Select(bytes => RoomEvent.Format.Read(DataFormat.MessagePack, bytes))];
        Assert.Equal(("gap", 1L, 10L, 11L), (seen[0].Type, seen[0].Seq, seen[0].To, seen[1].Seq));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Inbox_FromBeforeTheFirstRetainedEntry_GetsTheGap(bool known)
    {
        using ChatWorld world = await FillAsync(known);
        FakeStream inbox = world.OpenInbox("ann", ("lobby", 0));
        inbox.Grant(100);
        await inbox.ReceivedAsync(4);

        Assert.Equal([1, 8, 9, 10], inbox.Received.Select(bytes => RoomEvent.Format.Read(DataFormat.MessagePack, bytes).Seq));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task History_ShowsTheGapWhereItIs_AndCountsIt(bool known)
    {
        using ChatWorld world = await FillAsync(known);

        Assert.Equal(["gap 1 7", "message 8", "message 9", "message 10"], await PageAsync(world, null, null, 500));
        Assert.Equal(["message 9", "message 10"], await PageAsync(world, null, null, 2));
        Assert.Equal(["gap 1 7", "message 8"], await PageAsync(world, 9, null, 2));
        Assert.Equal(["gap 1 4"], await PageAsync(world, 5, null, 2));
        Assert.Empty(await PageAsync(world, 1, null, 2));
        Assert.Equal(["gap 3 7", "message 8"], await PageAsync(world, null, 2, 2));
        Assert.Equal(["gap 3 4"], await PageAsync(world, 5, 2, 5));
        Assert.Equal(["message 8"], await PageAsync(world, null, 7, 1));
    }

    [Fact]
    public async Task Target_ThatIsNotRetained_IsNotFound()
    {
        using ChatWorld world = await FillAsync(known: false);

        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.EditAsync("ann", "lobby", 5, "new")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.DeleteAsync("ann", "lobby", 5)));
    }

    // Entries 1..10, of which those from 8 on are retained; nothing in memory.
    private static async Task<ChatWorld> FillAsync(bool known, long first = 8)
    {
        ChatWorld world = new(new RoomOptions { TailBytes = 0 });
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 9);
        await world.Store.RemoveBeforeAsync("lobby", first, default);
        if (known)
        {
            world.Room("lobby").MoveFirstSeq(first);
        }

        return world;
    }

    private static async Task<string[]> PageAsync(ChatWorld world, long? before, long? after, int limit) =>
        [.. (await world.HistoryAsync("ann", "lobby", before, after, limit)).Select(e => e.To is { } to ? $"{e.Type} {e.Seq} {to}" : $"{e.Type} {e.Seq}")];
}
