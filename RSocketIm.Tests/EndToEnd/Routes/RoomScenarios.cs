using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary><c>rooms.</c>: rooms, and coming and going of one's own will.</summary>
internal static class RoomScenarios
{
    public static IReadOnlyList<RouteScenario> All { get; } =
    [
        new("rooms.create", Interaction.RequestResponse, CreateAsync),
        new("rooms.get", Interaction.RequestResponse, GetAsync),
        new("rooms.list", Interaction.RequestResponse, ListAsync),
        new("rooms.join", Interaction.RequestResponse, JoinAsync),
        new("rooms.leave", Interaction.RequestResponse, LeaveAsync),
        new("rooms.open", Interaction.RequestResponse, OpenAsync),
        new("rooms.update", Interaction.RequestResponse, UpdateAsync),
    ];

    private static async Task CreateAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller other) = (await callers.AsAsync("creator"), await callers.AsAsync("late"));
        RoomInfo made = await owner.CreateAsync(callers.Room, RoomKinds.Public, "Bees 🐝");
        Assert.Equal(
            new RoomInfo
            {
                Room = callers.Room,
                Title = "Bees 🐝",
                Kind = "public",
                Epoch = made.Epoch,
                Head = 1,
                CreatedAt = made.CreatedAt,
                CreatedBy = owner.User,
                Role = "owner",
                ReadSeq = 0,
                Unread = 0,
                Members = 1,
            },
            made);
        Assert.True(made is { Epoch.Length: > 0, CreatedAt: > 1_700_000_000_000 });
        await Refused.WithAsync($"conflict: Room {callers.Room} exists already.", other.CreateAsync(callers.Room, RoomKinds.Private));
        Assert.Equal("public", (await owner.InfoAsync(callers.Room)).Kind);
    }

    private static async Task GetAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller stranger) = (await callers.AsAsync("owner"), await callers.AsAsync("stranger"));
        RoomInfo made = await owner.CreateAsync(callers.Room);
        Assert.Equal(made, await owner.InfoAsync(callers.Room));
        Assert.Equal(made with { Role = null, ReadSeq = null, Unread = null }, await stranger.InfoAsync(callers.Room));

        string hidden = $"{callers.Room}-hidden";
        await owner.CreateAsync(hidden, RoomKinds.Private);
        await Refused.WithAsync($"not_found: There is no room {hidden}.", stranger.InfoAsync(hidden));
    }

    private static async Task ListAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller stranger) = (await callers.AsAsync("owner"), await callers.AsAsync("stranger"));
        string prefix = $"{callers.Room}-";
        RoomInfo b = await owner.CreateAsync($"{prefix}b", RoomKinds.Private);
        RoomInfo a = await owner.CreateAsync($"{prefix}a");
        RoomInfo c = await owner.CreateAsync($"{prefix}c");

        RoomPage page = await ListAsync(owner, new RoomList { Mine = true, Limit = 2 });
        Assert.Equal([a, b], page.Rooms);
        page = await ListAsync(owner, new RoomList { Mine = true, After = page.Next });
        Assert.Equal([c], page.Rooms);
        Assert.Null(page.Next);

        Assert.Empty((await ListAsync(stranger, new RoomList { Mine = true })).Rooms);
        Assert.Equal([a.Room, c.Room], (await ListAsync(stranger, new RoomList { Prefix = prefix })).Rooms.Select(static room => room.Room));
        await Refused.WithAsync("bad_request: limit is 201, but must be a whole number from 1 to 200.", ListAsync(owner, new RoomList { Limit = 201 }));
    }

    private static async Task JoinAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller guest) = (await callers.AsAsync("owner"), await callers.AsAsync("passer-by"));
        await owner.CreateAsync(callers.Room);
        RoomInfo joined = await guest.JoinAsync(callers.Room);
        Assert.Equal(("member", 2L, 2L), (joined.Role, joined.Head, joined.Members));
        Assert.Equal(joined, await guest.JoinAsync(callers.Room));
        RoomEvent entry = await owner.MessageAsync(callers.Room, 2);
        Assert.Equal(("member", guest.User, guest.User, "joined"), (entry.Type, entry.From, entry.User, entry.Change));

        await owner.ActAsync("rooms.ban", callers.Room, guest.User);
        await Refused.WithAsync($"forbidden: You are banned from room {callers.Room}.", guest.JoinAsync(callers.Room));
    }

    private static async Task LeaveAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller member) = await callers.TwoInARoomAsync();
        await LeaveAsync(member, callers.Room);
        Assert.Equal([$"{owner.User} owner"], await owner.MembersAsync(callers.Room));
        await member.JoinAsync(callers.Room);
        await LeaveAsync(owner, callers.Room);
        Assert.Equal([$"{member.User} owner"], await member.MembersAsync(callers.Room));

        RoomInfo direct = await owner.AskAsync("rooms.open", RoomOpen.Format, new RoomOpen { User = member.User }, RoomInfo.Format);
        await Refused.WithAsync($"forbidden: Room {direct.Room} is direct: its two users stay in it.", LeaveAsync(owner, direct.Room));
    }

    private static async Task OpenAsync(Callers callers)
    {
        (JsonCaller zoe, JsonCaller yan, JsonCaller eve) = (await callers.AsAsync("zoe"), await callers.AsAsync("yan"), await callers.AsAsync("eve"));
        RoomInfo opened = await OpenAsync(zoe, yan.User);
        Assert.Equal(($"dm:{yan.User}:{zoe.User}", "direct", 2L, 2L, "member"), (opened.Room, opened.Kind, opened.Head, opened.Members, opened.Role));
        Assert.Equal(opened, await OpenAsync(yan, zoe.User));

        MessageSent sent = await zoe.SendAsync(opened.Room, "d1", "between us");
        Assert.Equal("between us", (await yan.MessageAsync(opened.Room, sent.Seq)).Text);
        await Refused.WithAsync($"not_found: There is no room {opened.Room}.", eve.InfoAsync(opened.Room));
        await Refused.WithAsync($"bad_request: 'user' is {zoe.User}, who is you: a direct room is of two different users.", OpenAsync(zoe, zoe.User));
    }

    private static async Task UpdateAsync(Callers callers)
    {
        (JsonCaller owner, JsonCaller member) = await callers.TwoInARoomAsync();
        Reading feed = member.Feed(callers.Room, 2);
        RoomInfo titled = await UpdateAsync(owner, new RoomUpdate { Room = callers.Room, Title = "New title" });
        Assert.Equal(("New title", "public", 3L), (titled.Title, titled.Kind, titled.Head));
        RoomInfo hidden = await UpdateAsync(owner, new RoomUpdate { Room = callers.Room, Kind = "private" });
        Assert.Equal(("New title", "private", 4L), (hidden.Title, hidden.Kind, hidden.Head));
        RoomEvent[] told = [await feed.NextEventAsync(), await feed.NextEventAsync()];
        Assert.Equal(
            [(3L, "room", owner.User, "New title", null), (4L, "room", owner.User, null, "private")],
            told.Select(static entry => (entry.Seq, entry.Type, entry.From, entry.Title, entry.Kind)));

        await Refused.WithAsync(
            $"forbidden: Only an owner or moderator of room {callers.Room} may do this.", UpdateAsync(member, new RoomUpdate { Room = callers.Room, Title = "Mine" }));
        Assert.Equal("New title", (await member.InfoAsync(callers.Room)).Title);
    }

    private static Task<RoomPage> ListAsync(JsonCaller caller, RoomList request) => caller.AskAsync("rooms.list", RoomList.Format, request, RoomPage.Format);

    private static Task<EmptyRecord> LeaveAsync(JsonCaller caller, string room) =>
        caller.AskAsync("rooms.leave", RoomRef.Format, new RoomRef { Room = room }, EmptyRecord.Format);

    private static Task<RoomInfo> OpenAsync(JsonCaller caller, string other) =>
        caller.AskAsync("rooms.open", RoomOpen.Format, new RoomOpen { User = other }, RoomInfo.Format);

    private static Task<RoomInfo> UpdateAsync(JsonCaller caller, RoomUpdate request) => caller.AskAsync("rooms.update", RoomUpdate.Format, request, RoomInfo.Format);
}
