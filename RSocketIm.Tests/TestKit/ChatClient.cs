using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.TestKit;

/// <summary>A client of the wire contract: requests by route, as records, in either format.</summary>
internal sealed class ChatClient(RSocketClient connection, DataFormat format) : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public RSocketClient Connection => connection;

    public DataFormat Format => format;

    /// <summary>Connects as a guest, by name.</summary>
    public static Task<ChatClient> GuestAsync(string address, string user, DataFormat format = DataFormat.MessagePack) =>
        ConnectAsync(address, new RequestMetadata().Simple(user, "").ToArray(), format);

    /// <summary>Connects with a token.</summary>
    public static Task<ChatClient> BearerAsync(string address, string token, DataFormat format = DataFormat.MessagePack) =>
        ConnectAsync(address, new RequestMetadata().Bearer(token).ToArray(), format);

    public static async Task<ChatClient> ConnectAsync(string address, byte[] setupMetadata, DataFormat format)
    {
        ConnectionSetup setup = new()
        {
            DataMimeType = format == DataFormat.Json ? DataMimeTypes.Json : DataMimeTypes.MessagePack,
            Payload = new Payload(default, setupMetadata),
        };
        return new ChatClient(await RSocketClient.ConnectAsync(address, new RSocketClientOptions { Setup = setup }), format);
    }

    public Payload Encode<T>(string route, RecordFormat<T> recordFormat, T record)
        where T : class => new(recordFormat.ToArray(format, record), RequestMetadata.ForRoute(route));

    /// <summary>A request-response.</summary>
    public async Task<TOut> AskAsync<TIn, TOut>(string route, RecordFormat<TIn> input, TIn request, RecordFormat<TOut> output)
        where TIn : class
        where TOut : class
    {
        Payload answer = await connection.RequestResponseAsync(Encode(route, input, request)).AsTask().WaitAsync(Patience);
        return output.Read(format, answer.Data);
    }

    public Task<RoomInfo> CreateAsync(string room) => AskAsync("rooms.create", RoomCreate.Format, new RoomCreate { Room = room }, RoomInfo.Format);

    public Task<RoomInfo> JoinAsync(string room) => AskAsync("rooms.join", RoomRef.Format, new RoomRef { Room = room }, RoomInfo.Format);

    public Task<MessageSent> SendAsync(string room, string id, string text) =>
        AskAsync("messages.send", MessageSend.Format, new MessageSend { Room = room, Id = id, Text = text }, MessageSent.Format);

    public Task<WhoAmI> WhoAmIAsync() => AskAsync("system.whoami", EmptyRecord.Format, new EmptyRecord(), WhoAmI.Format);

    /// <summary>Opens a room's feed from its first entry on.</summary>
    public Reading Feed(string room, int credit, long? after = 0) =>
        Open(credit, reading => connection.RequestStream(Encode("rooms.feed", FeedRequest.Format, new FeedRequest { Room = room, After = after }), credit, reading));

    public Reading Stream<T>(string route, RecordFormat<T> recordFormat, T record, int credit)
        where T : class => Open(credit, reading => connection.RequestStream(Encode(route, recordFormat, record), credit, reading));

    public Reading Stream(Payload request, int credit) => Open(credit, reading => connection.RequestStream(request, credit, reading));

    public Reading Channel(Payload first, PayloadSource? rest, int credit) => Open(credit, reading => connection.RequestChannel(first, rest, credit, reading));

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private Reading Open(int credit, Func<Reading, InboundStream> open)
    {
        Reading reading = new(format, credit);
        reading.Stream = open(reading);
        return reading;
    }
}
