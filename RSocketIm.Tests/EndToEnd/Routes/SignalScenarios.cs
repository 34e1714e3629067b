using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary><c>signals.feed</c>, <c>typing</c>, <c>receipts.read</c> and <c>presence.get</c>.</summary>
internal static class SignalScenarios
{
    public static IReadOnlyList<RouteScenario> All { get; } =
    [
        new("signals.feed", Interaction.RequestStream, FeedAsync),
        new("typing", Interaction.FireAndForget, TypingAsync),
        new("receipts.read", Interaction.RequestResponse, ReadAsync),
        new("receipts.read", Interaction.FireAndForget, ReadOneWayAsync),
        new("presence.get", Interaction.RequestResponse, PresenceAsync),
    ];

    /// <summary>The next signal of a type, of anybody or of one user.</summary>
    public static async Task<SignalEvent> NextAsync(Reading signals, string type, string? user = null)
    {
        for (; ;)
        {
            SignalEvent signal = await signals.NextAsync(SignalEvent.Format);
            if (signal.Type == type && (user is null || signal.User == user))
            {
                return signal;
            }
        }
    }

    private static async Task FeedAsync(Callers callers)
    {
        (JsonCaller watcher, JsonCaller member) = await callers.TwoInARoomAsync();
        await ReadAsync(member, callers.Room, 1);
        Reading signals = Open(watcher, callers.Room);

        // First how it stands, then changes.
        SignalEvent online = await NextAsync(signals, SignalEvent.PresenceType, member.User);
        Assert.True(online is { Online: true, At: > 0 });
        Assert.Equal(1, (await NextAsync(signals, SignalEvent.ReceiptType, member.User)).Seq);
        await ReadAsync(member, callers.Room, 2);
        Assert.Equal(2, (await NextAsync(signals, SignalEvent.ReceiptType, member.User)).Seq);

        await watcher.ActAsync("rooms.ban", callers.Room, member.User);
        await Refused.WithAsync(
            $"forbidden: Room {callers.Room} is not readable for you: join it first, unless you are banned.", Open(member, callers.Room).Ended);
    }

    private static async Task TypingAsync(Callers callers)
    {
        (JsonCaller watcher, JsonCaller typist) = await callers.TwoInARoomAsync();
        JsonCaller stranger = await callers.AsAsync("stranger");
        Reading signals = Open(watcher, callers.Room);

        // Nobody is told of a stranger, and the stranger is not told why.
        await stranger.FireAsync("typing", RoomRef.Format, new RoomRef { Room = callers.Room });
        await typist.FireAsync("typing", RoomRef.Format, new RoomRef { Room = callers.Room });
        SignalEvent told = await NextAsync(signals, SignalEvent.TypingType);
        Assert.Equal(typist.User, told.User);
        Assert.True(told.Until > 0);
    }

    private static async Task ReadAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller reader) = await callers.TwoInARoomAsync();
        for (int i = 0; i < 4; i++)
        {
            await writer.SendAsync(callers.Room, $"u{i}", $"{i}"); // 3, 4, 5, 6
        }

        Assert.Equal((0L, 4L), await PositionAsync(reader, callers.Room));
        Assert.Equal(new ReceiptResult { ReadSeq = 4, Unread = 2 }, await ReadAsync(reader, callers.Room, 4));
        Assert.Equal(new ReceiptResult { ReadSeq = 4, Unread = 2 }, await ReadAsync(reader, callers.Room, 3));
        await writer.DeleteAsync(callers.Room, 6);
        Assert.Equal((4L, 1L), await PositionAsync(reader, callers.Room));
        Assert.Equal(new ReceiptResult { ReadSeq = 7, Unread = 0 }, await ReadAsync(reader, callers.Room, 7));

        await Refused.WithAsync("bad_request: 'seq' is 8, allowed is 0..7.", ReadAsync(reader, callers.Room, 8));
        JsonCaller stranger = await callers.AsAsync("stranger");
        await Refused.WithAsync($"forbidden: You are not a member of room {callers.Room}.", ReadAsync(stranger, callers.Room, 1));
    }

    private static async Task ReadOneWayAsync(Callers callers)
    {
        (JsonCaller watcher, JsonCaller reader) = await callers.TwoInARoomAsync();
        Reading signals = Open(watcher, callers.Room);
        await reader.FireAsync("receipts.read", ReceiptRequest.Format, new ReceiptRequest { Room = callers.Room, Seq = 99 });
        await reader.FireAsync("receipts.read", ReceiptRequest.Format, new ReceiptRequest { Room = callers.Room, Seq = 2 });
        Assert.Equal(2, (await NextUpAsync()).Seq);
        Assert.Equal((2L, 0L), await PositionAsync(reader, callers.Room));

        // How it stood before, 0, may be told first.
        async Task<SignalEvent> NextUpAsync()
        {
            SignalEvent signal = await NextAsync(signals, SignalEvent.ReceiptType, reader.User);
            return signal.Seq == 0 ? await NextAsync(signals, SignalEvent.ReceiptType, reader.User) : signal;
        }
    }

    private static async Task PresenceAsync(Callers callers)
    {
        (JsonCaller here, JsonCaller there) = (await callers.AsAsync("here"), await callers.AsAsync("there"));
        PresenceResult presence = await PresenceAsync(here, [there.User, "never-came", here.User]);
        Assert.Equal(
            [
                new PresenceInfo { User = there.User, Online = true },
                new PresenceInfo { User = "never-came", Online = false },
                new PresenceInfo { User = here.User, Online = true },
            ],
            presence.Presence);
        await Refused.WithAsync(
            $"bad_request: users[1] is \"Not a user\", but must be {UserId.Allowed}.", PresenceAsync(here, [here.User, "Not a user"]));
    }

    private static Reading Open(JsonCaller caller, string room) => caller.Stream("signals.feed", RoomRef.Format, new RoomRef { Room = room }, int.MaxValue);

    private static Task<ReceiptResult> ReadAsync(JsonCaller caller, string room, long seq) =>
        caller.AskAsync("receipts.read", ReceiptRequest.Format, new ReceiptRequest { Room = room, Seq = seq }, ReceiptResult.Format);

    private static async Task<(long? ReadSeq, long? Unread)> PositionAsync(JsonCaller caller, string room)
    {
        RoomInfo info = await caller.InfoAsync(room);
        return (info.ReadSeq, info.Unread);
    }

    private static Task<PresenceResult> PresenceAsync(JsonCaller caller, string[] users) =>
        caller.AskAsync("presence.get", PresenceRequest.Format, new PresenceRequest { Users = users }, PresenceResult.Format);
}
