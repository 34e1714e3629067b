using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Signals;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms.Commands;

/// <summary>Every command with every kind of wrong input: the exact error, and nothing has changed.</summary>
public sealed class WrongInputTests : IDisposable
{
    private const long Message = 6;
    private const long Deleted = 7;
    private const long NoMessage = 1;
    private const long Beyond = 100;

    private static readonly Dictionary<string, Func<ChatWorld, string, string, long, string, Task>> Commands = new(StringComparer.Ordinal)
    {
        ["messages.send"] = (world, user, room, _, _) => world.SendAsync(user, room, "text"),
        ["messages.send replyTo"] = (world, user, room, seq, _) => world.Rooms.SendAsync(user, new MessageSend { Room = room, Id = "r", Text = "text", ReplyTo = seq }, default).AsTask(),
        ["messages.edit"] = (world, user, room, seq, _) => world.EditAsync(user, room, seq, "new"),
        ["messages.delete"] = (world, user, room, seq, _) => world.DeleteAsync(user, room, seq),
        ["messages.react"] = (world, user, room, seq, _) => world.ReactAsync(user, room, seq, "👍"),
        ["messages.history before"] = (world, user, room, seq, _) => world.HistoryAsync(user, room, before: seq),
        ["messages.history after"] = (world, user, room, seq, _) => world.HistoryAsync(user, room, after: seq),
        ["receipts.read"] = (world, user, room, seq, _) => world.ReadAsync(user, room, seq),
        ["rooms.feed"] = (world, user, room, seq, _) => Task.FromResult(world.Open(user, room, seq)),
        ["rooms.get"] = (world, user, room, _, _) => world.InfoAsync(user, room),
        ["rooms.join"] = (world, user, room, _, _) => world.JoinAsync(user, room),
        ["rooms.leave"] = (world, user, room, _, _) => world.LeaveAsync(user, room),
        ["rooms.update"] = (world, user, room, _, _) => world.UpdateAsync(user, room, title: "new", kind: "private"),
        ["rooms.invite"] = (world, user, room, _, other) => world.InviteAsync(user, room, other),
        ["rooms.remove"] = (world, user, room, _, other) => world.RemoveAsync(user, room, other),
        ["rooms.ban"] = (world, user, room, _, other) => world.BanAsync(user, room, other),
        ["rooms.role"] = (world, user, room, _, other) => world.SetRoleAsync(user, room, other, "moderator"),
        ["rooms.open"] = (world, user, _, _, other) => world.OpenDirectAsync(user, other),
        ["rooms.members"] = (world, user, room, _, _) => Task.FromResult(Views(world).Members(user, new MemberList { Room = room })),
    };

    private readonly ChatWorld world = new();

    public static TheoryData<string, string, string, long, string, string> Cases()
    {
        TheoryData<string, string, string, long, string, string> cases = [];
        foreach (string command in Commands.Keys.Where(command => command != "rooms.open"))
        {
            cases.Add(command, "ann", "nowhere", Message, "bob", "not_found: There is no room nowhere.");
            cases.Add(command, "eve", "club", Message, "bob", "not_found: There is no room club.");
        }

        foreach (string command in new[] { "messages.send", "messages.send replyTo", "messages.edit", "messages.delete", "messages.react", "receipts.read" })
        {
            cases.Add(command, "eve", "lobby", Message, "bob", "forbidden: You are not a member of room lobby.");
        }

        foreach (string command in new[] { "rooms.update", "rooms.invite", "rooms.remove", "rooms.ban", "rooms.role" })
        {
            cases.Add(command, "eve", "lobby", 0, "cid", "forbidden: You are not a member of room lobby.");
            cases.Add(command, "bob", "lobby", 0, "cid", "forbidden: Only an owner or moderator of room lobby may do this.");
            cases.Add(command, "ann", "dm:ann:bob", 0, "cid", "forbidden: Room dm:ann:bob is direct: its two users stay in it.");
        }

        foreach (string command in new[] { "messages.history before", "messages.history after", "rooms.feed", "rooms.members" })
        {
            cases.Add(command, "inv", "club", 1, "bob", "forbidden: Room club is not readable for you: join it first, unless you are banned.");
            cases.Add(command, "ban", "lobby", 1, "bob", "forbidden: Room lobby is not readable for you: join it first, unless you are banned.");
        }

        foreach (string command in new[] { "messages.edit", "messages.delete", "messages.react" })
        {
            cases.Add(command, "ann", "lobby", NoMessage, "bob", "not_found: Entry 1 of room lobby is no message.");
            cases.Add(command, "ann", "lobby", Beyond, "bob", "bad_request: 'target' is 100, allowed is 1..8.");
            cases.Add(command, "ann", "lobby", 0, "bob", "bad_request: 'target' is 0, allowed is 1..8.");
            cases.Add(command, "ann", "lobby", -1, "bob", "bad_request: 'target' is -1, allowed is 1..8.");
            cases.Add(command, "ann", "lobby", long.MaxValue, "bob", "bad_request: 'target' is 9223372036854775807, allowed is 1..8.");
        }

        cases.Add("messages.edit", "bob", "lobby", Deleted, "", "conflict: Message 7 of room lobby is deleted.");
        cases.Add("messages.react", "ann", "lobby", Deleted, "", "conflict: Message 7 of room lobby is deleted.");
        cases.Add("messages.edit", "ann", "lobby", Message, "", "forbidden: Message 6 of room lobby is not yours: only its author may edit it.");
        cases.Add("messages.delete", "cid", "lobby", Message, "", "forbidden: Message 6 of room lobby is not yours: only its author, a moderator or an owner may delete it.");
        foreach ((string command, string key, long least, long most) in new[]
        {
            ("messages.send replyTo", "replyTo", 1L, 8L), ("messages.history before", "before", 0, 9), ("messages.history after", "after", 0, 8),
            ("receipts.read", "seq", 0, 8), ("rooms.feed", "after", 0, 8),
        })
        {
            foreach (long seq in new[] { least - 1, most + 1, long.MinValue, long.MaxValue })
            {
                cases.Add(command, "ann", "lobby", seq, "", $"bad_request: '{key}' is {seq}, allowed is {least}..{most}.");
            }
        }

        cases.Add("rooms.join", "ban", "lobby", 0, "", "forbidden: You are banned from room lobby.");
        cases.Add("rooms.leave", "ann", "dm:ann:bob", 0, "", "forbidden: Room dm:ann:bob is direct: its two users stay in it.");
        cases.Add("rooms.invite", "ann", "lobby", 0, "bob", "conflict: bob is a member of room lobby already.");
        cases.Add("rooms.remove", "ann", "lobby", 0, "eve", "not_found: eve is not a member of room lobby.");
        cases.Add("rooms.remove", "ann", "lobby", 0, "ann", "bad_request: 'user' is ann, who is you: allowed is another user, and rooms.leave for yourself.");
        cases.Add("rooms.ban", "ann", "lobby", 0, "ann", "bad_request: 'user' is ann, who is you: allowed is another user, and rooms.leave for yourself.");
        cases.Add("rooms.remove", "mod", "club", 0, "ann", "forbidden: ann is an owner of room club: a moderator cannot remove or ban an owner.");
        cases.Add("rooms.ban", "mod", "club", 0, "ann", "forbidden: ann is an owner of room club: a moderator cannot remove or ban an owner.");
        cases.Add("rooms.role", "mod", "club", 0, "ann", "forbidden: Only an owner of room club may do this.");
        cases.Add("rooms.role", "ann", "lobby", 0, "eve", "not_found: eve is not a member of room lobby.");
        cases.Add("rooms.role", "ann", "lobby", 0, "ann", "conflict: You are the last owner of room lobby: make somebody else owner first.");
        cases.Add("rooms.open", "ann", "", 0, "ann", "bad_request: 'user' is ann, who is you: a direct room is of two different users.");
        return cases;
    }

    public void Dispose() => world.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task WrongInput_IsRefusedWithTheReason_AndNothingHasChanged(string command, string user, string room, long seq, string other, string refusal)
    {
        await FillAsync();
        string before = await StateAsync();

        RSocketException error = await Assert.ThrowsAsync<RSocketException>(() => Commands[command](world, user, room, seq, other));

        Assert.Equal(refusal, error.Message);
        Assert.True(ContractErrors.TryParse(refusal.Split(':')[0], out ContractError code));
        Assert.Equal((uint)code, (uint)error.Code);
        Assert.Equal(before, await StateAsync());
    }

    private static PresenceViews Views(ChatWorld world)
    {
        using PresenceTracker presence = new(world.Time);
        return new PresenceViews(world.Directory, presence);
    }

    private async Task<string> StateAsync()
    {
        List<string> state = [];
        foreach (string id in new[] { "club", "dm:ann:bob", "lobby" })
        {
            RoomInfo info = await world.InfoAsync("ann", id);
            state.Add($"{info} {string.Join(' ', world.Room(id).Members().OrderBy(each => each.User, StringComparer.Ordinal))}");
        }

        return string.Join('\n', state.Append($"{world.Directory.Count} {world.Metrics.OpenFeeds}"));
    }

    private async Task FillAsync()
    {
        // lobby: 1 ann joined, 2 bob joined, 3 cid joined, 4 ban joined, 5 ban banned, 6 a message of bob's, 7 one that is deleted, 8 the delete
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.JoinAsync("cid", "lobby");
        await world.JoinAsync("ban", "lobby");
        await world.BanAsync("ann", "lobby", "ban");
        await world.SendAsync("bob", "lobby", "stays");
        await world.SendAsync("bob", "lobby", "goes");
        await world.DeleteAsync("bob", "lobby", Deleted);
        await world.CreateAsync("ann", "club", "private");
        await world.InviteAsync("ann", "club", "inv");
        await world.InviteAsync("ann", "club", "mod");
        await world.JoinAsync("mod", "club");
        await world.SetRoleAsync("ann", "club", "mod", "moderator");
        await world.OpenDirectAsync("ann", "bob");
    }
}
