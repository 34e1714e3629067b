using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class UnreadCountsTests
{
    [Theory]
    [InlineData(0L, 64L << 20, 1)]
    [InlineData(2000L, 64L << 20, 2)]
    [InlineData(1L << 20, 64L << 20, 3)]
    [InlineData(2000L, 0L, 4)]
    public async Task Count_AtAnyPlaceForAnybody_IsWhatCountingOneByOneGives(long tailBytes, long countBytes, int seed)
    {
        using ChatWorld world = new(new RoomOptions { TailBytes = tailBytes, UnreadCountBytes = countBytes });
        Random random = new(seed);
        string[] users = ["ann", "bob", "cid"];
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.JoinAsync("cid", "lobby");
        for (int step = 0; step < 300; step++)
        {
            string user = users[random.Next(users.Length)];
            Room room = world.Room("lobby");
            switch (random.Next(6))
            {
                case < 3:
                    await world.SendAsync(user, "lobby", "text");
                    break;
                case 3 when await FindMessageAsync(world, random) is { } target:
                    await world.DeleteAsync("ann", "lobby", target);
                    break;
                default:
                    long after = random.Next((int)room.Head + 1);
                    long expected = await world.Store.CountMessagesAsync("lobby", after, user, default);
                    Assert.Equal(expected, await world.Unread.CountAsync(room, user, after, default));
                    break;
            }
        }
    }

    [Fact]
    public async Task Count_AskedAgain_ReadsTheStoreOnlyOnce()
    {
        using ChatWorld world = new(new RoomOptions { TailBytes = 0 });
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 600);
        Room room = world.Room("lobby");
        Assert.Equal(600, await world.Unread.CountAsync(room, "bob", 0, default));
        int reads = world.Store.Reads;

        for (int after = 0; after <= 601; after++)
        {
            Assert.Equal(Math.Min(600, 601 - after), await world.Unread.CountAsync(room, "bob", after, default));
        }

        Assert.Equal(reads, world.Store.Reads);
        Assert.InRange(world.Unread.Bytes, 1, 10_000);
    }

    [Fact]
    public async Task Count_WhereTheStoreFails_IsUnavailable_ButTheRoomIsShown()
    {
        using ChatWorld world = new(new RoomOptions { TailBytes = 0 });
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.SendAsync("ann", "lobby", "text");
        world.Store.ReadFailure = new IOException("bad sector");

        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => world.ReadAsync("bob", "lobby", 1)));
        RoomInfo info = await world.InfoAsync("bob", "lobby");
        Assert.Equal((1L, null, 3L), (info.ReadSeq, info.Unread, info.Head));
    }

    [Fact]
    public async Task Count_OfWhatRetentionRemoved_IsNotUnread()
    {
        using ChatWorld world = new(new RoomOptions { TailBytes = 0 });
        await world.CreateAsync("ann", "lobby");
        await world.SendManyAsync("ann", "lobby", 9);
        await world.Store.RemoveBeforeAsync("lobby", 8, default);

        Assert.Equal(3, await world.Unread.CountAsync(world.Room("lobby"), "bob", 0, default));
    }

    private static async Task<long?> FindMessageAsync(ChatWorld world, Random random)
    {
        RoomEvent[] messages = [.. (await world.HistoryAsync("ann", "lobby")).Where(e => e.Type == "message" && e.Deleted != true)];
        return messages.Length == 0 ? null : messages[random.Next(messages.Length)].Seq;
    }
}
