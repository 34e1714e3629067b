using RSocketIm.Server.Contracts;
using RSocketIm.Server.Signals;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Signals;

public sealed class PresenceViewsTests : IDisposable
{
    private readonly ChatWorld world = new();
    private readonly PresenceTracker presence;
    private readonly PresenceViews views;

    public PresenceViewsTests()
    {
        presence = new PresenceTracker(world.Time);
        views = new PresenceViews(world.Directory, presence);
    }

    public void Dispose()
    {
        presence.Dispose();
        world.Dispose();
    }

    [Fact]
    public void Presence_OfSeveral_IsAnsweredInOrder()
    {
        using IDisposable ann = presence.Connect("ann");
        presence.Connect("bob").Dispose();
        long gone = world.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.True(views.Get(new PresenceRequest { Users = ["bob"] }).Presence[0].Online);
        world.Time.Advance(PresenceTracker.Grace);

        IReadOnlyList<PresenceInfo> answer = views.Get(new PresenceRequest { Users = ["nobody", "bob", "ann"] }).Presence;
        Assert.Equal(
            [new PresenceInfo { User = "nobody" }, new PresenceInfo { User = "bob", LastSeenAt = gone }, new PresenceInfo { User = "ann", Online = true }],
            answer);
    }

    [Fact]
    public async Task Members_PageByPage_AreAllOfThemByName()
    {
        await world.CreateAsync("owner", "lobby");
        string[] users = [.. Enumerable.Range(0, 25).Select(i => $"u{i * 7 % 25:00}")];
        foreach (string user in users)
        {
            await world.JoinAsync(user, "lobby");
        }

        await world.BanAsync("owner", "lobby", "eve");
        List<string> seen = [];
        string? after = null;
        do
        {
            MemberPage page = views.Members("anybody", new MemberList { Room = "lobby", After = after, Limit = 7 });
            seen.AddRange(page.Members.Select(member => member.User));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(users.Append("owner").Order(StringComparer.Ordinal), seen);
    }

    [Fact]
    public async Task Member_IsShownWithRoleReceiptAndPresence()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.ReadAsync("bob", "lobby", 2);
        using IDisposable bob = presence.Connect("bob");

        IReadOnlyList<MemberInfo> members = views.Members("ann", new MemberList { Room = "lobby" }).Members;
        Assert.Equal(["ann owner 0 False", "bob member 2 True"], members.Select(each => $"{each.User} {each.Role} {each.ReadSeq} {each.Online}"));
        Assert.All(members, each => Assert.Equal(world.Time.GetUtcNow().ToUnixTimeMilliseconds(), each.JoinedAt));
    }

    [Fact]
    public async Task Members_OfARoomThatIsNotReadable_AreNotShown()
    {
        await world.CreateAsync("ann", "club", "private");
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => Task.FromResult(views.Members("bob", new MemberList { Room = "club" }))));
        await world.InviteAsync("ann", "club", "bob");
        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => Task.FromResult(views.Members("bob", new MemberList { Room = "club" }))));
    }
}
