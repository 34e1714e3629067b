using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary><c>messages.</c></summary>
internal static class MessageScenarios
{
    public static IReadOnlyList<RouteScenario> All { get; } =
    [
        new("messages.send", Interaction.RequestResponse, SendAsync),
        new("messages.publish", Interaction.RequestChannel, PublishAsync),
        new("messages.edit", Interaction.RequestResponse, EditAsync),
        new("messages.react", Interaction.RequestResponse, ReactAsync),
        new("messages.delete", Interaction.RequestResponse, DeleteAsync),
        new("messages.history", Interaction.RequestResponse, HistoryAsync),
        new("messages.search", Interaction.RequestResponse, SearchAsync),
    ];

    private static async Task SendAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller reader) = await callers.TwoInARoomAsync();
        Reading feed = reader.Feed(callers.Room, 2);
        MessageSend message = new()
        {
            Room = callers.Room,
            Id = "w1",
            Text = "naïve 🦆 \"quoted\"",
            ReplyTo = 1,
            Mentions = [reader.User],
            Meta = new Dictionary<string, string> { ["key"] = "value" },
        };
        MessageSent sent = await writer.SendAsync(message);
        Assert.Equal((callers.Room, 3L, false), (sent.Room, sent.Seq, sent.Duplicate));
        RoomEvent told = await feed.NextEventAsync();
        Assert.Equal(
            (callers.Room, 3L, sent.At, "message", writer.User, "w1", message.Text, 1L),
            (told.Room, told.Seq, told.At, told.Type, told.From, told.Id, told.Text, told.ReplyTo));
        Assert.Equal(message.Mentions, told.Mentions);
        Assert.Equal(message.Meta, told.Meta);
        Assert.Equal(sent with { Duplicate = true }, await writer.SendAsync(message with { Text = "again" }));

        JsonCaller stranger = await callers.AsAsync("stranger");
        await Refused.WithAsync($"forbidden: You are not a member of room {callers.Room}.", stranger.SendAsync(callers.Room, "s1", "let me in"));
        Assert.Equal(3, (await reader.InfoAsync(callers.Room)).Head);
    }

    private static async Task PublishAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller reader) = await callers.TwoInARoomAsync();
        Reading feed = reader.Feed(callers.Room, 2, credit: 300);
        MessageSend[] messages =
            [.. Enumerable.Range(0, 300).Select(i => new MessageSend { Room = i == 200 ? "nowhere" : callers.Room, Id = $"p{i}", Text = i == 100 ? "" : $"text {i}" })];
        PayloadSource rest = PayloadSources.From(messages.Skip(1).Select(static message => new Payload(MessageSend.Format.ToArray(DataFormat.Json, message))));
        Reading publish = writer.Channel("messages.publish", MessageSend.Format, messages[0], rest, 300);
        long seq = 2;
        for (int i = 0; i < 300; i++)
        {
            if (i is 100 or 200)
            {
                PublishError error = await publish.NextAsync(PublishError.Format);
                Assert.Equal(($"p{i}", i == 100 ? "bad_request" : "not_found"), (error.Id, error.Error.Name));
                Assert.StartsWith(i == 100 ? "text is \"\"" : "There is no room nowhere.", error.Error.Message, StringComparison.Ordinal);
                continue;
            }

            MessageSent answer = await publish.NextAsync(MessageSent.Format);
            Assert.Equal((callers.Room, ++seq, false), (answer.Room, answer.Seq, answer.Duplicate));
            Assert.Equal((seq, $"p{i}"), await SeqAndIdAsync(feed));
        }

        await publish.Ended;
        Reading refused = writer.Channel("messages.publish", MessageSend.Format, new MessageSend { Room = "nowhere", Id = "p", Text = "x" }, PayloadSources.Empty(), 10);
        await Refused.WithAsync("not_found: There is no room nowhere.", refused.Ended);
    }

    private static async Task EditAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller other) = await callers.TwoInARoomAsync();
        long target = (await writer.SendAsync(callers.Room, "e1", "frist")).Seq;
        Reading feed = other.Feed(callers.Room, target);
        EntryResult edited = await EditAsync(writer, callers.Room, target, "first");
        Assert.Equal(
            new RoomEvent { Room = callers.Room, Seq = target + 1, At = edited.At, Type = "edit", From = writer.User, Target = target, Text = "first" },
            await feed.NextEventAsync());
        RoomEvent shown = await other.MessageAsync(callers.Room, target);
        Assert.Equal(("message", "e1", "first", edited.At), (shown.Type, shown.Id, shown.Text, shown.EditedAt));

        await Refused.WithAsync(
            $"forbidden: Message {target} of room {callers.Room} is not yours: only its author may edit it.", EditAsync(other, callers.Room, target, "mine"));
        await Refused.WithAsync($"not_found: Entry 1 of room {callers.Room} is no message.", EditAsync(writer, callers.Room, 1, "no message"));
    }

    private static async Task ReactAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller fan) = await callers.TwoInARoomAsync();
        long target = (await writer.SendAsync(callers.Room, "r1", "like me")).Seq;
        EntryResult on = await ReactAsync(fan, callers.Room, target, true);
        Assert.Equal(target + 1, on.Seq);
        Assert.Equal(on, await ReactAsync(fan, callers.Room, target, true));
        RoomEvent shown = await writer.MessageAsync(callers.Room, target);
        Assert.Equal("👍", Assert.Single(shown.Reactions!.Keys));
        Assert.Equal([fan.User], shown.Reactions["👍"]);
        Assert.Equal(target + 2, (await ReactAsync(fan, callers.Room, target, false)).Seq);
        Assert.Equal(target, (await ReactAsync(fan, callers.Room, target, false)).Seq);
        Assert.Null((await writer.MessageAsync(callers.Room, target)).Reactions);

        await writer.DeleteAsync(callers.Room, target);
        await Refused.WithAsync($"conflict: Message {target} of room {callers.Room} is deleted.", ReactAsync(fan, callers.Room, target, true));
    }

    private static async Task DeleteAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller other) = await callers.TwoInARoomAsync();
        MessageSend message = new() { Room = callers.Room, Id = "x1", Text = "unspeakable", Meta = new Dictionary<string, string> { ["a"] = "b" } };
        MessageSent sent = await writer.SendAsync(message);
        Reading feed = other.Feed(callers.Room, sent.Seq);
        await Refused.WithAsync(
            $"forbidden: Message {sent.Seq} of room {callers.Room} is not yours: only its author, a moderator or an owner may delete it.",
            other.DeleteAsync(callers.Room, sent.Seq));
        EntryResult deleted = await writer.DeleteAsync(callers.Room, sent.Seq, "regret");
        Assert.Equal(deleted, await writer.DeleteAsync(callers.Room, sent.Seq));
        Assert.Equal(
            new RoomEvent { Room = callers.Room, Seq = sent.Seq + 1, At = deleted.At, Type = "delete", From = writer.User, Target = sent.Seq, Reason = "regret" },
            await feed.NextEventAsync());

        RoomEvent empty = new() { Room = callers.Room, Seq = sent.Seq, At = sent.At, Type = "message", From = writer.User, Id = "x1", Deleted = true };
        Assert.Equal(empty, await other.MessageAsync(callers.Room, sent.Seq));
        Assert.Equal(empty, await other.Feed(callers.Room, sent.Seq - 1).NextEventAsync());
        Assert.Equal(sent with { Duplicate = true }, await writer.SendAsync(message));
    }

    private static async Task HistoryAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller reader) = await callers.TwoInARoomAsync();
        for (int i = 3; i <= 9; i++)
        {
            Assert.Equal(i, (await writer.SendAsync(callers.Room, $"h{i}", $"text {i}")).Seq);
        }

        string epoch = (await reader.InfoAsync(callers.Room)).Epoch;
        Assert.Equal((9L, "7 8 9", true), await PageAsync(null, null, 3));
        Assert.Equal((9L, "4 5 6", true), await PageAsync(7, null, 3));
        Assert.Equal((9L, "1 2 3", true), await PageAsync(null, 0, 3));
        Assert.Equal((9L, "8 9", false), await PageAsync(null, 7, 3));
        Assert.Equal((9L, "5 6", false), await PageAsync(7, 4, 3));
        Assert.Equal((9L, "1 2 3 4 5 6 7 8 9", false), await PageAsync(null, null, 500));
        await Refused.WithAsync("bad_request: 'after' is 10, allowed is 0..9.", PageAsync(null, 10, 1));

        async Task<(long Head, string Seqs, bool More)> PageAsync(long? before, long? after, int limit)
        {
            HistoryPage page = await reader.HistoryAsync(new HistoryRequest { Room = callers.Room, Before = before, After = after, Limit = limit });
            Assert.Equal((callers.Room, epoch), (page.Room, page.Epoch));
            RoomEvent[] events = [.. page.ReadEvents()];
            Assert.All(events.Where(static entry => entry.Seq > 2), static entry => Assert.Equal($"text {entry.Seq}", entry.Text));
            return (page.Head, string.Join(' ', events.Select(static entry => entry.Seq)), page.More);
        }
    }

    private static async Task SearchAsync(Callers callers)
    {
        (JsonCaller writer, JsonCaller reader) = await callers.TwoInARoomAsync();
        string word = $"quokka{callers.Room}";
        MessageSent first = await writer.SendAsync(callers.Room, "s1", $"the {word} sleeps");
        MessageSent second = await writer.SendAsync(callers.Room, "s2", $"a {word} jumps 東京タワーへ行く");

        // The index follows the log a moment behind.
        SearchPage found = await JsonCaller.UntilAsync(() => SearchAsync(reader, word), static page => page.Hits.Count == 2);
        Assert.Equal(
            [
                new SearchHit { Room = callers.Room, Seq = second.Seq, At = second.At, From = writer.User, Text = $"a {word} jumps 東京タワーへ行く" },
                new SearchHit { Room = callers.Room, Seq = first.Seq, At = first.At, From = writer.User, Text = $"the {word} sleeps" },
            ],
            found.Hits);
        Assert.False(found.More);
        Assert.Equal([second.Seq], (await SearchAsync(reader, $"{word} jum", callers.Room)).Hits.Select(static hit => hit.Seq));
        Assert.Equal([second.Seq], (await SearchAsync(reader, "京タワ", callers.Room)).Hits.Select(static hit => hit.Seq));
        SearchPage one = await SearchAsync(reader, word, limit: 1);
        Assert.Equal((second.Seq, true), (Assert.Single(one.Hits).Seq, one.More));

        await writer.ActAsync("rooms.ban", callers.Room, reader.User);
        Assert.Empty((await SearchAsync(reader, word)).Hits);
        await Refused.WithAsync(
            $"forbidden: Room {callers.Room} is not readable for you: join it first, unless you are banned.", SearchAsync(reader, word, callers.Room));
    }

    private static async Task<(long Seq, string? Id)> SeqAndIdAsync(Reading feed)
    {
        RoomEvent entry = await feed.NextEventAsync();
        return (entry.Seq, entry.Id);
    }

    private static Task<EntryResult> EditAsync(JsonCaller caller, string room, long target, string text) =>
        caller.AskAsync("messages.edit", MessageEdit.Format, new MessageEdit { Room = room, Target = target, Text = text }, EntryResult.Format);

    private static Task<EntryResult> ReactAsync(JsonCaller caller, string room, long target, bool on) =>
        caller.AskAsync("messages.react", MessageReact.Format, new MessageReact { Room = room, Target = target, Emoji = "👍", On = on }, EntryResult.Format);

    private static Task<SearchPage> SearchAsync(JsonCaller caller, string query, string? room = null, int limit = 50) =>
        caller.AskAsync("messages.search", SearchRequest.Format, new SearchRequest { Query = query, Room = room, Limit = limit }, SearchPage.Format);
}
