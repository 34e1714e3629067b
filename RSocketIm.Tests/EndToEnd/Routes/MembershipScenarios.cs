using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary><c>rooms.</c>: who is in a room, and what owners and moderators do about that.</summary>
internal static class MembershipScenarios
{
    public static IReadOnlyList<RouteScenario> All { get; } =
    [
        new("rooms.members", Interaction.RequestResponse, MembersAsync),
        new("rooms.invite", Interaction.RequestResponse, InviteAsync),
        new("rooms.remove", Interaction.RequestResponse, RemoveAsync),
        new("rooms.ban", Interaction.RequestResponse, BanAsync),
        new("rooms.role", Interaction.RequestResponse, RoleAsync),
    ];

    private static async Task MembersAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller member) = await callers.TwoInARoomAsync();
        await owner.AskAsync("receipts.read", ReceiptRequest.Format, new ReceiptRequest { Room = callers.Room, Seq = 2 }, ReceiptResult.Format);
        List<MemberInfo> members = [];
        string? after = null;
        do
        {
            MemberPage page = await owner.AskAsync(
                "rooms.members", MemberList.Format, new MemberList { Room = callers.Room, After = after, Limit = 1 }, MemberPage.Format);
            members.Add(Assert.Single(page.Members));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(
            [(member.User, "member", 0L, true), (owner.User, "owner", 2L, true)],
            members.Select(static each => (each.User, each.Role, each.ReadSeq, each.Online)));
        Assert.True(members[0].JoinedAt >= members[1].JoinedAt);

        await owner.ActAsync("rooms.ban", callers.Room, member.User);
        await Refused.WithAsync(
            $"forbidden: Room {callers.Room} is not readable for you: join it first, unless you are banned.", member.MembersAsync(callers.Room));
    }

    private static async Task InviteAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller guest) = (await callers.AsAsync("owner"), await callers.AsAsync("guest"));
        await owner.CreateAsync(callers.Room, RoomKinds.Private);
        await Refused.WithAsync($"not_found: There is no room {callers.Room}.", guest.JoinAsync(callers.Room));
        Assert.Equal(2, await owner.ActAsync("rooms.invite", callers.Room, guest.User));
        Assert.Equal(2, await owner.ActAsync("rooms.invite", callers.Room, guest.User));
        RoomInfo joined = await guest.JoinAsync(callers.Room);
        Assert.Equal(("private", "member", 3L, 2L), (joined.Kind, joined.Role, joined.Head, joined.Members));
        await Refused.WithAsync(
            $"conflict: {guest.User} is a member of room {callers.Room} already.", owner.ActAsync("rooms.invite", callers.Room, guest.User));
    }

    private static async Task RemoveAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller removed) = await callers.TwoInARoomAsync();
        await owner.AskAsync("rooms.update", RoomUpdate.Format, new RoomUpdate { Room = callers.Room, Kind = RoomKinds.Private }, RoomInfo.Format);
        Reading reading = removed.Feed(callers.Room, 3);
        Reading full = removed.Feed(callers.Room, 0, credit: 1);
        Assert.Equal(1, (await full.NextEventAsync()).Seq);
        Assert.Equal(4, await owner.ActAsync("rooms.remove", callers.Room, removed.User));
        foreach (Reading over in (Reading[])[reading, full])
        {
            await Refused.WithAsync($"forbidden: You may no longer read room {callers.Room}.", over.Ended);
        }

        Assert.Equal([$"{owner.User} owner"], await owner.MembersAsync(callers.Room));
        await Refused.WithAsync(
            $"not_found: {removed.User} is not a member of room {callers.Room}.", owner.ActAsync("rooms.remove", callers.Room, removed.User));
    }

    private static async Task BanAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller banned) = await callers.TwoInARoomAsync();
        await Refused.WithAsync(
            $"forbidden: Only an owner or moderator of room {callers.Room} may do this.", banned.ActAsync("rooms.ban", callers.Room, owner.User));
        Assert.Equal(3, await owner.ActAsync("rooms.ban", callers.Room, banned.User));
        Assert.Equal(3, await owner.ActAsync("rooms.ban", callers.Room, banned.User));
        Assert.Equal([$"{owner.User} owner"], await owner.MembersAsync(callers.Room));
        Assert.Equal(4, await owner.ActAsync("rooms.invite", callers.Room, banned.User));
        Assert.Equal("member", (await banned.JoinAsync(callers.Room)).Role);
        HistoryPage history = await owner.HistoryAsync(new HistoryRequest { Room = callers.Room, After = 1 });
        Assert.Equal(["joined", "banned", "invited", "joined"], history.ReadEvents().Select(static entry => entry.Change));
    }

    private static async Task RoleAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller helper) = await callers.TwoInARoomAsync();
        JsonCaller plain = await callers.AsAsync("plain");
        await plain.JoinAsync(callers.Room);
        Reading feed = plain.Feed(callers.Room, 3);
        Assert.Equal(4, await owner.ActAsync("rooms.role", callers.Room, helper.User, "moderator"));
        RoomEvent told = await feed.NextEventAsync();
        Assert.Equal((4L, helper.User, "role", "moderator"), (told.Seq, told.User, told.Change, told.Role));
        Assert.Equal([$"{helper.User} moderator", $"{owner.User} owner", $"{plain.User} member"], await plain.MembersAsync(callers.Room));
        Assert.Equal(5, await helper.ActAsync("rooms.remove", callers.Room, plain.User));

        await Refused.WithAsync(
            $"forbidden: Only an owner of room {callers.Room} may do this.", helper.ActAsync("rooms.role", callers.Room, helper.User, "owner"));
        await Refused.WithAsync(
            $"conflict: You are the last owner of room {callers.Room}: make somebody else owner first.",
            owner.ActAsync("rooms.role", callers.Room, owner.User, "member"));
    }
}
