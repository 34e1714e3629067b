using RSocketIm.Server.Contracts;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class ReceiptsTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Read_MovesForwardOnly_AndCountsWhatOthersWroteAfter()
    {
        await FillAsync();

        Assert.Equal((4L, 2L), Of(await world.ReadAsync("bob", "lobby", 4)));
        Assert.Equal((4L, 2L), Of(await world.ReadAsync("bob", "lobby", 2)));
        Assert.Equal((7L, 0L), Of(await world.ReadAsync("bob", "lobby", 7)));
        RoomInfo info = await world.InfoAsync("bob", "lobby");
        Assert.Equal((7L, 0L), (info.ReadSeq, info.Unread));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(8)]
    [InlineData(long.MaxValue)]
    public async Task Read_OutOfRange_IsABadRequestAndChangesNothing(long seq)
    {
        await FillAsync();

        Assert.Equal("bad_request", await ChatWorld.RefusalOf(() => world.ReadAsync("bob", "lobby", seq)));
        Assert.Equal(0, world.Room("lobby").ReadSeqOf("bob"));
    }

    [Fact]
    public async Task Read_ByANonMember_IsForbidden()
    {
        await FillAsync();

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.ReadAsync("eve", "lobby", 1)));
        Assert.Null((await world.InfoAsync("eve", "lobby")).Unread);
    }

    [Fact]
    public async Task Receipts_SurviveARestart()
    {
        await FillAsync();
        await world.ReadAsync("bob", "lobby", 4);

        using ChatWorld restarted = new(store: world.Store);
        await restarted.Rooms.StartAsync(CancellationToken.None);
        RoomInfo info = await restarted.InfoAsync("bob", "lobby");
        Assert.Equal((4L, 2L), (info.ReadSeq, info.Unread));
        Assert.Equal((4L, 2L), Of(await restarted.ReadAsync("bob", "lobby", 3)));
    }

    [Fact]
    public async Task ReceiptsThatCameDuringAWrite_AreOneWrite()
    {
        await FillAsync();
        Task held = world.Store.HoldCommits();
        Task<ReceiptResult> first = world.ReadAsync("bob", "lobby", 1);
        await held;
        Task<ReceiptResult>[] rest = [.. Enumerable.Range(2, 5).Select(seq => world.ReadAsync("bob", "lobby", seq))];
        Assert.Equal(0, world.Room("lobby").ReadSeqOf("bob"));
        world.Store.LetCommitsGo();

        await first;
        Assert.All(await Task.WhenAll(rest), result => Assert.Equal(6, result.ReadSeq));
        Assert.Equal(2, world.Store.ReceiptWrites);
        await world.Rooms.DrainAsync();
    }

    [Fact]
    public async Task StoreThatFails_LeavesTheReceiptWhereItWas()
    {
        await FillAsync();
        world.Store.CommitFailure = new IOException("full");
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => world.ReadAsync("bob", "lobby", 4)));
        world.Store.CommitFailure = null;

        Assert.Equal(0, world.Room("lobby").ReadSeqOf("bob"));
        Assert.Equal(5, (await world.ReadAsync("bob", "lobby", 5)).ReadSeq);
    }

    private static (long ReadSeq, long Unread) Of(ReceiptResult result) => (result.ReadSeq, result.Unread);

    // 1 ann joined, 2 bob joined, 3 ann, 4 bob, 5 ann, 6 bob, 7 ann
    private async Task FillAsync()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        for (int i = 0; i < 5; i++)
        {
            await world.SendAsync(i % 2 == 0 ? "ann" : "bob", "lobby", $"text {i}");
        }
    }
}
