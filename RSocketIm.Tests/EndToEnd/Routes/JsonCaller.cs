using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary>One user's client of the contract; notes each route as it calls it.</summary>
internal sealed class JsonCaller(ChatClient client, string user, HashSet<(string Route, Interaction Interaction)> called)
{
    public string User => user;

    public Task<TOut> AskAsync<TIn, TOut>(string route, RecordFormat<TIn> input, TIn request, RecordFormat<TOut> output)
        where TIn : class
        where TOut : class
    {
        called.Add((route, Interaction.RequestResponse));
        return client.AskAsync(route, input, request, output);
    }

    public async Task<byte[]> AskAsync(string route, byte[] data)
    {
        called.Add((route, Interaction.RequestResponse));
        Payload answer = await client.Connection.RequestResponseAsync(new Payload(data, RequestMetadata.ForRoute(route))).Within();
        return answer.Data.ToArray();
    }

    public Reading Stream<T>(string route, RecordFormat<T> format, T request, int credit)
        where T : class
    {
        called.Add((route, Interaction.RequestStream));
        return client.Stream(route, format, request, credit);
    }

    public Reading Channel<T>(string route, RecordFormat<T> format, T first, PayloadSource? rest, int credit)
        where T : class => Channel(route, format.ToArray(DataFormat.Json, first), rest, credit);

    public Reading Channel(string route, byte[] first, PayloadSource? rest, int credit)
    {
        called.Add((route, Interaction.RequestChannel));
        return client.Channel(new Payload(first, RequestMetadata.ForRoute(route)), rest, credit);
    }

    /// <summary>Sends and does not wait for anything; what the connection answers after is answered after this was handled.</summary>
    public async Task FireAsync<T>(string route, RecordFormat<T> format, T request)
        where T : class
    {
        called.Add((route, Interaction.FireAndForget));
        await client.Connection.FireAndForgetAsync(client.Encode(route, format, request)).Within();
        await client.WhoAmIAsync();
    }

    public Task<RoomInfo> CreateAsync(string room, string kind = RoomKinds.Public, string? title = null) =>
        AskAsync("rooms.create", RoomCreate.Format, new RoomCreate { Room = room, Kind = kind, Title = title }, RoomInfo.Format);

    public Task<RoomInfo> JoinAsync(string room) => AskAsync("rooms.join", RoomRef.Format, new RoomRef { Room = room }, RoomInfo.Format);

    public Task<RoomInfo> InfoAsync(string room) => AskAsync("rooms.get", RoomRef.Format, new RoomRef { Room = room }, RoomInfo.Format);

    /// <summary><c>rooms.invite</c>, <c>rooms.remove</c>, <c>rooms.ban</c> or <c>rooms.role</c>.</summary>
    public async Task<long> ActAsync(string route, string room, string other, string? role = null) =>
        (await AskAsync(route, MemberAction.Format, new MemberAction { Room = room, User = other, Role = role }, SeqResult.Format)).Seq;

    /// <summary>Everybody in the room, as <c>user role</c>.</summary>
    public async Task<string[]> MembersAsync(string room)
    {
        MemberPage page = await AskAsync("rooms.members", MemberList.Format, new MemberList { Room = room }, MemberPage.Format);
        return [.. page.Members.Select(static member => $"{member.User} {member.Role}")];
    }

    public Task<MessageSent> SendAsync(string room, string id, string text) => SendAsync(new MessageSend { Room = room, Id = id, Text = text });

    public Task<MessageSent> SendAsync(MessageSend message) => AskAsync("messages.send", MessageSend.Format, message, MessageSent.Format);

    public Task<EntryResult> DeleteAsync(string room, long target, string? reason = null) =>
        AskAsync("messages.delete", MessageDelete.Format, new MessageDelete { Room = room, Target = target, Reason = reason }, EntryResult.Format);

    public Task<HistoryPage> HistoryAsync(HistoryRequest request) => AskAsync("messages.history", HistoryRequest.Format, request, HistoryPage.Format);

    /// <summary>One message as history shows it.</summary>
    public async Task<RoomEvent> MessageAsync(string room, long seq) =>
        Assert.Single((await HistoryAsync(new HistoryRequest { Room = room, After = seq - 1, Limit = 1 })).ReadEvents());

    public Reading Feed(string room, long? after, int credit = 100) =>
        Stream("rooms.feed", FeedRequest.Format, new FeedRequest { Room = room, After = after }, credit);

    /// <summary>Asks again, one question after the other's answer, until the answer is the awaited one.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isAwaited)
    {
        long start = TimeProvider.System.GetTimestamp();
        for (; ;)
        {
            T answer = await ask();
            if (isAwaited(answer))
            {
                return answer;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(start) < ChatClient.Patience, $"The awaited answer did not come, the last was {answer}.");
        }
    }
}
