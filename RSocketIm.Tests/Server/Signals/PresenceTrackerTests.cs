using RSocketIm.Server.Signals;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Signals;

public sealed class PresenceTrackerTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly PresenceTracker presence;
    private readonly List<(string User, bool Online)> changes = [];

    public PresenceTrackerTests()
    {
        presence = new PresenceTracker(time);
        presence.Changes.Subscribe(change => changes.Add((change.User, change.Online)));
    }

    public void Dispose() => presence.Dispose();

    [Fact]
    public void User_IsOnlineFromTheFirstConnectionUntilTenSecondsAfterTheLast()
    {
        IDisposable one = presence.Connect("ann");
        IDisposable two = presence.Connect("ann");
        one.Dispose();
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([("ann", true)], changes);

        long gone = time.GetUtcNow().ToUnixTimeMilliseconds();
        two.Dispose();
        time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.NotNull(presence.OnlineSince("ann"));
        Assert.Null(presence.LastSeenAt("ann"));
        time.Advance(TimeSpan.FromSeconds(0.001));

        Assert.Equal([("ann", true), ("ann", false)], changes);
        Assert.Equal((null, gone), (presence.OnlineSince("ann"), presence.LastSeenAt("ann")));
    }

    [Fact]
    public void User_WhoReturnsInTime_WasNeverAway()
    {
        presence.Connect("ann").Dispose();
        time.Advance(TimeSpan.FromSeconds(9));
        IDisposable back = presence.Connect("ann");
        time.Advance(TimeSpan.FromSeconds(9));
        back.Dispose();
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal([("ann", true)], changes);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([("ann", true), ("ann", false)], changes);
    }

    [Fact]
    public void Connection_DisposedTwice_CountsOnce()
    {
        IDisposable one = presence.Connect("ann");
        using IDisposable two = presence.Connect("ann");
        one.Dispose();
        one.Dispose();
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.NotNull(presence.OnlineSince("ann"));
    }

    [Fact]
    public void ManyUsers_ShareOneTimer()
    {
        List<IDisposable> connections = [.. Enumerable.Range(0, 100).Select(i => presence.Connect($"u{i}"))];
        foreach (IDisposable connection in connections)
        {
            connection.Dispose();
            time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal((1, 100), (time.ActiveTimers, presence.OnlineCount));
        time.Advance(TimeSpan.FromSeconds(7.5));
        Assert.Equal(49, presence.OnlineCount);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((0, 0), (time.ActiveTimers, presence.OnlineCount));
    }
}
