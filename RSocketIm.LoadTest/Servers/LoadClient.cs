using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Servers;

/// <summary>A guest who speaks the wire contract in MessagePack.</summary>
internal sealed class LoadClient(RSocketClient connection) : IAsyncDisposable
{
    private static readonly byte[] SendRoute = RequestMetadata.ForRoute("messages.send");
    private static readonly byte[] FeedRoute = RequestMetadata.ForRoute("rooms.feed");

    public RSocketClient Connection => connection;

    public static async Task<LoadClient> ConnectAsync(string address, string user) =>
        new(await RSocketClient.ConnectAsync(address, OptionsOf(user)).ConfigureAwait(false));

    /// <summary>Over transports that the caller keeps a hand on.</summary>
    /// <param name="connect">Connects one; called again to resume.</param>
    /// <param name="user">Who it is.</param>
    /// <param name="resume">Whether the session is to outlive its transport.</param>
    public static async Task<LoadClient> ConnectAsync(Func<CancellationToken, ValueTask<FrameTransport>> connect, string user, bool resume) =>
        new(await RSocketClient.ConnectAsync(connect, OptionsOf(user) with { Resume = resume ? new ResumeOptions() : null }).ConfigureAwait(false));

    /// <summary>Makes a room if there is none, and is a member afterwards.</summary>
    public async Task EnterAsync(string room)
    {
        try
        {
            await AskAsync("rooms.create", RoomCreate.Format, new RoomCreate { Room = room }, RoomInfo.Format).ConfigureAwait(false);
        }
        catch (RSocketException error) when ((uint)error.Code == (uint)ContractError.Conflict)
        {
            await AskAsync("rooms.join", RoomRef.Format, new RoomRef { Room = room }, RoomInfo.Format).ConfigureAwait(false);
        }
    }

    /// <summary>Is no member any more.</summary>
    public async Task LeaveAsync(string room) =>
        await AskAsync("rooms.leave", RoomRef.Format, new RoomRef { Room = room }, EmptyRecord.Format).ConfigureAwait(false);

    public async Task<long> HeadAsync(string room) =>
        (await AskAsync("rooms.get", RoomRef.Format, new RoomRef { Room = room }, RoomInfo.Format).ConfigureAwait(false)).Head;

    /// <summary>The newest page of a room.</summary>
    public Task HistoryAsync(string room, int limit) =>
        AskAsync("messages.history", HistoryRequest.Format, new HistoryRequest { Room = room, Limit = limit }, HistoryPage.Format);

    /// <summary>Searches all rooms that may be read.</summary>
    public Task SearchAsync(string query, int limit) =>
        AskAsync("messages.search", SearchRequest.Format, new SearchRequest { Query = query, Limit = limit }, SearchPage.Format);

    /// <summary>Says how far a room was read.</summary>
    public Task ReadToAsync(string room, long seq) =>
        AskAsync("receipts.read", ReceiptRequest.Format, new ReceiptRequest { Room = room, Seq = seq }, ReceiptResult.Format);

    /// <summary>Asks who of some users is there.</summary>
    public Task PresenceAsync(params string[] users) =>
        AskAsync("presence.get", PresenceRequest.Format, new PresenceRequest { Users = users }, PresenceResult.Format);

    /// <summary>Sends; the answer still encoded, for who only counts.</summary>
    public ValueTask<Payload> SendAsync(string room, string id, string text) => connection.RequestResponseAsync(
        new Payload(MessageSend.Format.ToArray(DataFormat.MessagePack, new MessageSend { Room = room, Id = id, Text = text }), SendRoute));

    /// <summary>A feed's request.</summary>
    public static Payload Feed(string room, long after) =>
        new(FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = room, After = after }), FeedRoute);

    /// <summary>Reads a room from one seq to another.</summary>
    public async IAsyncEnumerable<RoomEvent> ReadAsync(string room, long after, long last)
    {
        if (after >= last)
        {
            yield break;
        }

        await foreach (Payload payload in connection.RequestStreamAsync(Feed(room, after), new RefillPolicy { Prefetch = 1024 }).ConfigureAwait(false))
        {
            RoomEvent entry = RoomEvent.Format.Read(DataFormat.MessagePack, payload.Data);
            yield return entry;
            if (entry.Seq >= last)
            {
                yield break;
            }
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static RSocketClientOptions OptionsOf(string user) => new()
    {
        Setup = new ConnectionSetup
        {
            DataMimeType = DataMimeTypes.MessagePack,
            Payload = new Payload(default, new RequestMetadata().Simple(user, "").ToArray()),
        },
    };

    private async Task<TOut> AskAsync<TIn, TOut>(string route, RecordFormat<TIn> input, TIn request, RecordFormat<TOut> output)
        where TIn : class
        where TOut : class
    {
        Payload answer = await connection.RequestResponseAsync(new Payload(input.ToArray(DataFormat.MessagePack, request), RequestMetadata.ForRoute(route))).ConfigureAwait(false);
        return output.Read(DataFormat.MessagePack, answer.Data);
    }
}
