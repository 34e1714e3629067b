using System.Text.Json;
using System.Threading.Channels;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary><c>rooms.feed</c>, <c>rooms.session</c> and <c>inbox.feed</c>.</summary>
internal static class FeedScenarios
{
    public static IReadOnlyList<RouteScenario> All { get; } =
    [
        new("rooms.feed", Interaction.RequestStream, FeedAsync),
        new("rooms.session", Interaction.RequestChannel, SessionAsync),
        new("inbox.feed", Interaction.RequestStream, InboxAsync),
    ];

    private static async Task FeedAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller reader) = await callers.TwoInARoomAsync();
        Reading all = reader.Feed(callers.Room, 0, credit: 3);
        Reading live = reader.Feed(callers.Room, null);
        await writer.SendAsync(callers.Room, "f1", "one");
        await writer.SendAsync(callers.Room, "f2", "two");
        Assert.Equal((long[])[1, 2, 3], await all.NextSeqsAsync(3));
        Assert.Equal((long[])[3, 4], await live.NextSeqsAsync(2));
        Assert.Equal(3, all.Count);
        all.Grant(1);
        RoomEvent last = await all.NextEventAsync();
        Assert.Equal((4L, "f2", "two", writer.User), (last.Seq, last.Id, last.Text, last.From));

        Reading stale = reader.Stream("rooms.feed", FeedRequest.Format, new FeedRequest { Room = callers.Room, After = 1, Epoch = "another" }, 1);
        string epoch = (await reader.InfoAsync(callers.Room)).Epoch;
        await Refused.WithAsync(
            $"gone: Epoch another of room {callers.Room} is over, the log's epoch is {epoch}; start again without 'after'.", stale.Ended);
        await Refused.WithAsync("bad_request: 'after' is 5, allowed is 0..4.", reader.Feed(callers.Room, 5).Ended);
    }

    private static async Task SessionAsync(Callers callers)
    {
        (JsonCaller caller, JsonCaller other) = await callers.TwoInARoomAsync();
        Reading signals = other.Stream("signals.feed", RoomRef.Format, new RoomRef { Room = callers.Room }, int.MaxValue);
        Channel<Payload> say = Channel.CreateUnbounded<Payload>();
        FeedRequest first = new() { Room = callers.Room, After = 1 };
        Reading session = caller.Channel("rooms.session", FeedRequest.Format, first, PayloadSources.From(say.Reader.ReadAllAsync()), 100);
        Assert.Equal((2L, "member"), await NextAsync<RoomEvent, (long, string)>(RoomEvent.Format, static entry => (entry.Seq, entry.Type)));

        Say(new SessionOperation { Op = "send", Id = "s1", Text = "hello" });
        Dictionary<string, Payload> answers = [];
        while (answers.Count < 2)
        {
            // An ack and its event are independent: which comes first is not said.
            Payload answer = await session.NextAsync();
            using JsonDocument json = JsonDocument.Parse(answer.Data);
            answers.Add(json.RootElement.GetProperty("type").GetString()!, answer);
        }

        RoomEvent told = RoomEvent.Format.Read(DataFormat.Json, answers["message"].Data);
        Assert.Equal((3L, "s1", "hello", caller.User), (told.Seq, told.Id, told.Text, told.From));
        Assert.Equal(
            new SessionAck { Id = "s1", Seq = 3, At = told.At, Duplicate = false }, SessionAck.Format.Read(DataFormat.Json, answers["ack"].Data));

        Say(new SessionOperation { Op = "typing" });
        Assert.Equal(caller.User, (await SignalScenarios.NextAsync(signals, SignalEvent.TypingType)).User);
        Say(new SessionOperation { Op = "read", Seq = 3 });
        Assert.Equal(3, (await SignalScenarios.NextAsync(signals, SignalEvent.ReceiptType, caller.User)).Seq);

        Say(new SessionOperation { Op = "read", Seq = 99 });
        Assert.Equal(
            new SessionError { Code = 0x400, Name = "bad_request", Message = "'seq' is 99, allowed is 0..3." },
            SessionError.Format.Read(DataFormat.Json, (await session.NextAsync()).Data));
        session.Stream.Cancel();

        Reading refused = caller.Channel("rooms.session", FeedRequest.Format, new FeedRequest { Room = "nowhere" }, PayloadSources.Empty(), 1);
        await Refused.WithAsync("not_found: There is no room nowhere.", refused.Ended);

        void Say(SessionOperation operation) => say.Writer.TryWrite(new Payload(SessionOperation.Format.ToArray(DataFormat.Json, operation)));

        async Task<TOut> NextAsync<T, TOut>(RecordFormat<T> format, Func<T, TOut> select)
            where T : class => select(format.Read(DataFormat.Json, (await session.NextAsync()).Data));
    }

    private static async Task InboxAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller reader) = (await callers.AsAsync("poster"), await callers.AsAsync("subscriber"));
        string[] rooms = [$"{callers.Room}-old", $"{callers.Room}-new", $"{callers.Room}-later", $"{callers.Room}-never"];
        foreach (string room in rooms)
        {
            await writer.CreateAsync(room);
        }

        await reader.JoinAsync(rooms[0]);
        await reader.JoinAsync(rooms[1]);
        await writer.SendAsync(rooms[0], "o1", "before");
        await writer.SendAsync(rooms[0], "o2", "missed");
        await writer.SendAsync(rooms[1], "n1", "not asked for");
        Reading inbox = Open(3);
        Assert.Equal((rooms[0], 4L, "o2"), await PlaceAsync(inbox));
        await writer.SendAsync(rooms[1], "n2", "live");
        Assert.Equal((rooms[1], 4L, "n2"), await PlaceAsync(inbox));
        await reader.JoinAsync(rooms[2]);
        Assert.Equal((rooms[2], 2L, null), await PlaceAsync(inbox));
        await writer.SendAsync(rooms[3], "never", "never");
        await reader.AskAsync("rooms.leave", RoomRef.Format, new RoomRef { Room = rooms[2] }, EmptyRecord.Format);
        await writer.SendAsync(rooms[2], "l1", "left before");
        await writer.SendAsync(rooms[0], "o3", "last");
        Assert.Equal((rooms[0], 5L, "o3"), await PlaceAsync(inbox));
        await Refused.WithAsync($"bad_request: 'positions[\"{rooms[0]}\"]' is 6, allowed is 0..5.", Open(6).Ended);

        Reading Open(long after)
        {
            InboxRequest request = new() { Positions = new Dictionary<string, long> { [rooms[0]] = after } };
            return reader.Stream("inbox.feed", InboxRequest.Format, request, 100);
        }
    }

    private static async Task<(string Room, long Seq, string? Id)> PlaceAsync(Reading inbox)
    {
        RoomEvent entry = await inbox.NextEventAsync();
        return (entry.Room, entry.Seq, entry.Id);
    }
}
