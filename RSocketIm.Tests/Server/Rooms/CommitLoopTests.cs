using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class CommitLoopTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Commands_ThatArriveDuringACommit_ShareTheNextOne()
    {
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "other");
        await StartHeldSendAsync();
        int before = world.Store.Commits;

        Task<MessageSent>[] sends = [.. Enumerable.Range(0, 50).Select(i => world.SendAsync("ann", i % 2 == 0 ? "lobby" : "other", "hi"))];
        world.Store.LetCommitsGo();
        await Task.WhenAll(sends);

        Assert.Equal(before + 2, world.Store.Commits);
        Assert.Equal((27, 26), (world.Room("lobby").Head, world.Room("other").Head));
    }

    [Fact]
    public async Task Head_BeforeTheCommitIsDurable_DoesNotMove()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream feed = world.Open("bob", "lobby");
        feed.Grant(10);
        Task<MessageSent> send = await StartHeldSendAsync();

        Assert.Equal(1, world.Room("lobby").Head);
        Assert.Equal(0, feed.Count);
        Assert.False(send.IsCompleted);

        world.Store.LetCommitsGo();
        Assert.Equal(2, (await send).Seq);
        Assert.Equal((2, 1), (world.Room("lobby").Head, feed.Count));
    }

    [Fact]
    public async Task Twins_InOneBatch_BecomeOneEntry()
    {
        await world.CreateAsync("ann", "lobby");
        await StartHeldSendAsync();
        Task<MessageSent> one = world.SendAsync("ann", "lobby", "hi", "id");
        Task<MessageSent> two = world.SendAsync("ann", "lobby", "hi", "id");
        world.Store.LetCommitsGo();

        Assert.Equal((3, false), ((await one).Seq, (await one).Duplicate));
        Assert.Equal((3, true), ((await two).Seq, (await two).Duplicate));
        Assert.Equal(3, world.Room("lobby").Head);
    }

    [Fact]
    public async Task Batch_SeesWhatItsEarlierCommandsChanged()
    {
        await world.CreateAsync("ann", "first");
        await StartHeldSendAsync("first");
        Task<RoomInfo> create = world.CreateAsync("ann", "lobby");
        Task<RoomInfo> conflict = world.CreateAsync("bob", "lobby");
        Task<RoomInfo> join = world.JoinAsync("bob", "lobby");
        Task<MessageSent> send = world.SendAsync("bob", "lobby", "hi");
        Task<bool> leave = world.LeaveAsync("ann", "lobby");
        Task<MessageSent> late = world.SendAsync("ann", "lobby", "hi");
        world.Store.LetCommitsGo();

        Assert.Equal(1, (await create).Head);
        Assert.Equal("conflict", await ChatWorld.RefusalOf(() => conflict));
        Assert.Equal(2, (await join).Head);
        Assert.Equal(3, (await send).Seq);
        Assert.True(await leave);
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => late));
        Assert.Equal(("owner", 5L), ((await world.Rooms.GetInfoAsync("bob", "lobby", default)).Role, world.Room("lobby").Head));
    }

    [Fact]
    public async Task StoreFailure_LeavesNothingBehindAndTheLoopGoesOn()
    {
        await world.CreateAsync("ann", "lobby");
        FakeStream feed = world.Open("ann", "lobby");
        feed.Grant(10);
        world.Store.CommitFailure = new IOException("disk full");

        RSocketException error = await Assert.ThrowsAsync<RSocketException>(() => world.SendAsync("ann", "lobby", "lost", "id"));
        Assert.Equal((0x503u, true), ((uint)error.Code, error.Message.StartsWith("unavailable: ", StringComparison.Ordinal)));
        Assert.DoesNotContain("disk", error.Message, StringComparison.Ordinal);
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => world.JoinAsync("bob", "lobby")));
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => world.CreateAsync("bob", "new")));
        Assert.Equal((1, 1, 0), (world.Room("lobby").Head, world.Room("lobby").MemberCount, feed.Count));
        Assert.Null(world.Directory.Find("new"));

        world.Store.CommitFailure = null;
        MessageSent sent = await world.SendAsync("ann", "lobby", "kept", "id");
        Assert.Equal((2, false), (sent.Seq, sent.Duplicate));
        Assert.Equal(1, feed.Count);
    }

    [Fact]
    public async Task StoreFailure_FailsRefusalsToo_ForTheyMayRestOnWhatFailed()
    {
        await world.CreateAsync("ann", "first");
        await StartHeldSendAsync("first");
        Task<RoomInfo> create = world.CreateAsync("ann", "lobby");
        Task<RoomInfo> conflict = world.CreateAsync("bob", "lobby");
        world.Store.CommitFailure = new IOException();
        world.Store.LetCommitsGo();

        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => create));
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => conflict));
    }

    [Fact]
    public async Task BrokenCommand_FailsAloneWithoutSayingWhy()
    {
        await world.CreateAsync("ann", "lobby");
        await StartHeldSendAsync();
        ValueTask<int> broken = world.Commits.RunAsync(new BrokenCommand(), CancellationToken.None);
        Task<MessageSent> send = world.SendAsync("ann", "lobby", "hi");
        world.Store.LetCommitsGo();

        RSocketException error = await Assert.ThrowsAsync<RSocketException>(async () => await broken);
        Assert.Equal(0x500u, (uint)error.Code);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await send).Seq);
    }

    [Fact]
    public async Task CancelledSender_AfterEnqueue_ChangesNothingAboutTheCommit()
    {
        await world.CreateAsync("ann", "lobby");
        await StartHeldSendAsync();
        using CancellationTokenSource cancellation = new();
        ValueTask<MessageSent> send = world.Rooms.SendAsync("ann", world.Message("lobby", "hi"), cancellation.Token);
        await cancellation.CancelAsync();
        world.Store.LetCommitsGo();

        Assert.Equal(3, (await send).Seq);
    }

    [Fact]
    public async Task Continuation_OfASender_DoesNotRunOnTheCommitLoop()
    {
        await world.CreateAsync("ann", "lobby");
        Task<MessageSent> held = await StartHeldSendAsync();
        using ManualResetEventSlim blocked = new();
        Task user = held.ContinueWith(_ => blocked.Wait(), TaskScheduler.Default);
        world.Store.LetCommitsGo();

        // The user's code blocks its thread; the loop must not be on it.
        await world.SendAsync("ann", "lobby", "hi");
        blocked.Set();
        await user;
    }

    [Fact]
    public async Task Drain_AnswersWhatCameAndRefusesWhatComes()
    {
        await world.CreateAsync("ann", "lobby");
        Task<MessageSent> held = await StartHeldSendAsync();
        Task<MessageSent> queued = world.SendAsync("ann", "lobby", "hi");
        Task drain = world.Rooms.DrainAsync();

        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => world.SendAsync("ann", "lobby", "late")));
        Assert.False(drain.IsCompleted);

        world.Store.LetCommitsGo();
        await drain;
        Assert.Equal((2, 3), ((await held).Seq, (await queued).Seq));
        await world.Rooms.DrainAsync();
    }

    [Fact]
    public async Task ManySenders_AtOnce_GetEverySeqOnceInTheOrderOfEach()
    {
        const int Senders = 16;
        const int Each = 200;
        await world.CreateAsync("ann", "lobby");

        long[][] seqs = await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            long[] own = new long[Each];
            for (int i = 0; i < Each; i++)
            {
                own[i] = (await world.SendAsync("ann", "lobby", "hi", $"{sender}-{i}")).Seq;
            }

            return own;
        })));

        Assert.All(seqs, own => Assert.Equal(own.Order(), own));
        Assert.Equal(Enumerable.Range(2, Senders * Each).Select(seq => (long)seq), seqs.SelectMany(own => own).Order());
    }

    /// <summary>Sends and returns when the commit has begun and cannot end before the test says so.</summary>
    private async Task<Task<MessageSent>> StartHeldSendAsync(string room = "lobby")
    {
        Task started = world.Store.HoldCommits();
        Task<MessageSent> send = world.SendAsync("ann", room, "held");
        await started;
        return send;
    }

    private sealed class BrokenCommand() : RoomCommand<int>("ann", "lobby")
    {
        protected override int Run(CommitTurn turn) => throw new InvalidOperationException("secret");
    }
}
