using System.Buffers;
using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Doors;

/// <summary>Makes readers for each door of a server.</summary>
/// <param name="server">The server.</param>
/// <param name="room">The room, whose newest entry has the <see cref="DoorReader.Mark"/>.</param>
/// <param name="head">Its head.</param>
internal sealed class DoorOpener(ServerUnderLoad server, string room, Func<Task<long>> head)
{
    private int readers;

    /// <summary>The doors, and how a reader of each is made.</summary>
    public IEnumerable<(string Door, Func<Task<DoorReader>> Open)> Doors =>
    [
        ("RSocket, TCP", async () => new PushedReader(new Uri(server.Tcp), Join(Framed(SetupFrameBytes()), Framed(await FeedFrameAsync().ConfigureAwait(false))), DoorReader.Mark)),
        ("RSocket, WebSocket", async () => new PushedReader(new Uri(server.WebSocket), Join(Message(2, SetupFrameBytes()), Message(2, await FeedFrameAsync().ConfigureAwait(false))), DoorReader.Mark)),
        ("plain WebSocket", async () => new PushedReader(new UriBuilder(server.Http) { Scheme = "ws", Path = "/ws" }.Uri, await SocketRequestAsync().ConfigureAwait(false), "subscribed")),
        ("Server-Sent Events", async () => new PushedReader(server.Http, await EventsRequestAsync().ConfigureAwait(false), "text/event-stream")),
        ("long poll", async () => new PollingReader(server.Http, room, await TokenAsync().ConfigureAwait(false), 25, TimeSpan.Zero)),
        ("poll, every 250 ms", async () => new PollingReader(server.Http, room, await TokenAsync().ConfigureAwait(false), 0, TimeSpan.FromMilliseconds(250))),
        // Told to be there by the room's last message, which is retained; last, for its readers join the room.
        ("MQTT, WebSocket, QoS 0", () => Task.FromResult<DoorReader>(new PushedReader(
            new UriBuilder(server.Http) { Scheme = "ws", Path = "/mqtt" }.Uri, Join(Message(2, ConnectPacket()), Message(2, SubscribePacket())), DoorReader.Mark, "mqtt"))),
    ];

    private string NextUser() => $"reader{++readers}";

    private async Task<string> TokenAsync()
    {
        using HttpClient http = new() { BaseAddress = server.Http };
        using HttpResponseMessage answer = await http.PostAsJsonAsync("/api/guest", new { name = NextUser() }).ConfigureAwait(false);
        using JsonDocument json = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync().ConfigureAwait(false));
        return json.RootElement.GetProperty("token").GetString()!;
    }

    private async Task<byte[]> EventsRequestAsync() => Encoding.ASCII.GetBytes(
        $"GET /api/rooms/{room}/events HTTP/1.1\r\nHost: {server.Http.Authority}\r\nAccept: text/event-stream\r\nAuthorization: Bearer {await TokenAsync().ConfigureAwait(false)}\r\n\r\n");

    private async Task<byte[]> SocketRequestAsync() => Join(
        Message(1, JsonSerializer.SerializeToUtf8Bytes(new { op = "hello", token = await TokenAsync().ConfigureAwait(false) })),
        Message(1, JsonSerializer.SerializeToUtf8Bytes(new { op = "subscribe", room, credit = int.MaxValue })));

    private byte[] SetupFrameBytes()
    {
        ArrayBufferWriter<byte> setup = new();
        SetupFrame.Write(setup, new SetupFrame
        {
            MajorVersion = 1,
            KeepAliveMilliseconds = 3_600_000,
            MaxLifetimeMilliseconds = 7_200_000,
            MetadataMimeType = "message/x.rsocket.composite-metadata.v0",
            DataMimeType = DataMimeTypes.MessagePack,
            HasMetadata = true,
            Metadata = new ReadOnlySequence<byte>(new RequestMetadata().Simple(NextUser(), "").ToArray()),
        });
        return setup.WrittenSpan.ToArray();
    }

    // From the entry before the newest on: so something comes at once, and tells that the feed is open.
    private async Task<byte[]> FeedFrameAsync()
    {
        long after = await head().ConfigureAwait(false) - 1;
        ArrayBufferWriter<byte> request = new();
        byte[] feed = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = room, After = after });
        RequestFrame.Write(request, FrameType.RequestStream, 1, FrameFlags.None, int.MaxValue, true, RequestMetadata.ForRoute("rooms.feed"), feed);
        return request.WrittenSpan.ToArray();
    }

    // MQTT 3.1.1, clean session, a user name and no password: a guest.
    private byte[] ConnectPacket()
    {
        string user = NextUser();
        return Packet(0x10, [.. MqttText("MQTT"), 4, 0x82, 0, 0, .. MqttText(user), .. MqttText(user)]);
    }

    private byte[] SubscribePacket() => Packet(0x82, [0, 1, .. MqttText($"chat/{room}"), 0]);

    private static byte[] Packet(byte type, byte[] rest) => [type, (byte)rest.Length, .. rest];

    private static byte[] MqttText(string text) => [0, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Framed(byte[] frame) => [(byte)(frame.Length >> 16), (byte)(frame.Length >> 8), (byte)frame.Length, .. frame];

    // One whole message of a client, masked with zeros.
    private static byte[] Message(byte opcode, byte[] content)
    {
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)content.Length);
        return content.Length < 126
            ? [(byte)(0x80 | opcode), (byte)(0x80 | content.Length), 0, 0, 0, 0, .. content]
            : [(byte)(0x80 | opcode), 0x80 | 126, .. length, 0, 0, 0, 0, .. content];
    }

    private static byte[] Join(byte[] first, byte[] second) => [.. first, .. second];
}
