using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Signals;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Signals;

public sealed class RoomSignalsTests : IDisposable
{
    private readonly ChatWorld world = new();
    private readonly PresenceTracker presence;
    private readonly RoomSignals signals;

    public RoomSignalsTests()
    {
        presence = new PresenceTracker(world.Time);
        signals = new RoomSignals(world.Directory, presence, world.Receipts, world.Time);
    }

    public void Dispose()
    {
        signals.Dispose();
        presence.Dispose();
        world.Dispose();
    }

    [Fact]
    public async Task Subscriber_FirstHearsWhoIsOnlineAndTyping()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.JoinAsync("cid", "lobby");
        using IDisposable ann = presence.Connect("ann");
        using IDisposable bob = presence.Connect("bob");
        using IDisposable stranger = presence.Connect("eve");
        signals.Type("bob", "lobby");

        List<string> heard = Listen("cid", "lobby");

        Assert.Equal(["presence ann True", "presence bob True", "typing bob 5"], heard);
    }

    [Fact]
    public async Task Subscriber_HearsMembersComeAndGo()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        List<string> heard = Listen("ann", "lobby");

        IDisposable bob = presence.Connect("bob");
        using IDisposable stranger = presence.Connect("eve");
        bob.Dispose();
        world.Time.Advance(TimeSpan.FromSeconds(10));
        await world.JoinAsync("eve", "lobby");

        Assert.Equal(["presence bob True", "presence bob False", "presence eve True"], heard);
    }

    [Fact]
    public async Task Typing_IsToldOnceASecondAndForgottenAfterFive()
    {
        await world.CreateAsync("ann", "lobby");
        List<string> heard = Listen("ann", "lobby");
        for (int i = 0; i < 20; i++)
        {
            signals.Type("ann", "lobby");
            world.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(["typing ann 5", "typing ann 6"], heard);
        Assert.Single(Listen("ann", "lobby"));
        world.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(Listen("ann", "lobby"));
    }

    [Fact]
    public async Task Hub_WithoutListenersAndTypists_IsGone()
    {
        await world.CreateAsync("ann", "lobby");
        Assert.Equal(0, signals.ActiveRooms);
        IDisposable subscription = signals.Observe("ann", "lobby").Subscribe(_ => { });
        Assert.Equal(1, signals.ActiveRooms);
        signals.Type("ann", "lobby");
        subscription.Dispose();
        Assert.Equal(1, signals.ActiveRooms);
        world.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(0, signals.ActiveRooms);
    }

    [Fact]
    public async Task Rights_AreThoseOfTheRoom()
    {
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "secret", "private");

        Assert.Equal(0x403u, (uint)Assert.Throws<RSocketException>(() => signals.Type("bob", "lobby")).Code);
        Assert.Equal(0x404u, (uint)Assert.Throws<RSocketException>(() => signals.Type("bob", "secret")).Code);
        Assert.Equal(0x404u, (uint)Assert.Throws<RSocketException>(() => signals.Observe("bob", "secret")).Code);
    }

    [Fact]
    public async Task LosingTheRight_EndsTheSubscription()
    {
        await world.CreateAsync("ann", "secret", "private");
        await world.SetStandingAsync("bob", "secret", Standing.Member, "joined");
        Exception? end = null;
        signals.Observe("bob", "secret").Subscribe(_ => { }, error => end = error);
        List<string> ann = Listen("ann", "secret");

        await world.SetStandingAsync("bob", "secret", Standing.None, "removed");
        signals.Type("ann", "secret");

        Assert.Equal(0x403u, (uint)Assert.IsType<RSocketException>(end).Code);
        Assert.Equal(["typing ann 5"], ann);
    }

    [Fact]
    public async Task Listener_WhoLeavesWhileBeingTold_HearsNoMore()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        List<string> heard = [];
        IDisposable? subscription = null;
        subscription = signals.Observe("ann", "lobby").Subscribe(signal =>
        {
            heard.Add(signal.User);
            subscription!.Dispose();
        });
        signals.Type("ann", "lobby");
        signals.Type("bob", "lobby");

        Assert.Equal(["ann"], heard);
    }

    [Fact]
    public async Task Subscribers_ComingAndGoingWhileOthersType_HearInOrderAndLeaveNothing()
    {
        await world.CreateAsync("ann", "lobby");
        string[] users = [.. Enumerable.Range(0, 4).Select(i => $"u{i}")];
        foreach (string user in users)
        {
            await world.JoinAsync(user, "lobby");
        }

        Task[] work = [.. users.Select(user => Task.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                int inside = 0;
                using IDisposable subscription = signals.Observe(user, "lobby").Subscribe(_ =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    Interlocked.Decrement(ref inside);
                });
                using IDisposable connection = presence.Connect(user);
                signals.Type(user, "lobby");
            }
        }))];
        await Task.WhenAll(work);
        world.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((0, 0), (signals.ActiveRooms, presence.OnlineCount));
    }

    [Fact]
    public async Task Receipts_AreTold_TheKnownOnesFirst_AndOnlyWhenTheyMove()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.SendAsync("ann", "lobby", "text");
        await world.ReadAsync("bob", "lobby", 1);
        List<string> heard = [];
        using IDisposable listening = signals.Observe("ann", "lobby").Subscribe(signal => heard.Add($"{signal.Type} {signal.User} {signal.Seq}"));
        await world.ReadAsync("bob", "lobby", 3);
        await world.ReadAsync("bob", "lobby", 2);
        await world.ReadAsync("ann", "lobby", 3);

        Assert.Equal(["receipt bob 1", "receipt bob 3", "receipt ann 3"], heard);
    }

    private List<string> Listen(string user, string room)
    {
        DateTimeOffset start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        List<string> heard = [];
        signals.Observe(user, room).Subscribe(signal => heard.Add(
            $"{signal.Type} {signal.User} {(signal.Type == SignalEvent.TypingType ? (signal.Until - start.ToUnixTimeMilliseconds()) / 1000 : signal.Online)}"));
        return heard;
    }
}
