using RSocketIm.Protocol;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class SendLimitsTests
{
    [Fact]
    public async Task Sends_BeyondTheLimit_AreRefusedWithTheWait_ByUserAndRoom()
    {
        using ChatWorld world = new(new RoomOptions { SendsPerSecond = 1 });
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "other");
        await world.JoinAsync("bob", "lobby");
        await world.SendAsync("ann", "lobby", "one");

        RSocketException refusal = await Assert.ThrowsAsync<RSocketException>(() => world.SendAsync("ann", "lobby", "two"));

        Assert.Equal(0x429u, (uint)refusal.Code);
        Assert.Matches(@"^rate_limited: Room lobby takes 1 messages a second from you; wait (0\.\d+|1) s\.$", refusal.Message);
        Assert.Equal(3, world.Room("lobby").Head);
        await world.SendAsync("bob", "lobby", "others may");
        await world.SendAsync("ann", "other", "elsewhere too");
    }

    [Fact]
    public async Task Sends_ByNonMembers_AreRefusedForThatAndTakeNothing()
    {
        using ChatWorld world = new(new RoomOptions { SendsPerSecond = 1 });
        await world.CreateAsync("ann", "lobby");

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "lobby", "hi")));
            Assert.Equal("not_found", await ChatWorld.RefusalOf(() => world.SendAsync("bob", "nowhere", "hi")));
        }
    }

    [Fact]
    public void NoLimit_IsTheDefault()
    {
        using SendLimits limits = new(new RoomOptions());

        Assert.False(limits.AreOn);
        for (int i = 0; i < 1000; i++)
        {
            limits.Take("ann", "lobby");
        }
    }
}
