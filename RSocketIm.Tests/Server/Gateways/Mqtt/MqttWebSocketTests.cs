using System.Net;
using System.Net.WebSockets;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt;

public sealed class MqttWebSocketTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task Packets_AcrossMessagesAndSeveralInOne_AreRead()
    {
        using ClientWebSocket socket = await OpenAsync();
        Assert.Equal("mqtt", socket.SubProtocol);
        byte[] connect = MqttPeer.Bytes(MqttPeer.Connect(server.Name("u")));
        byte[] rest = [.. MqttPeer.Bytes(PingreqPacket.Instance), .. MqttPeer.Bytes(PingreqPacket.Instance)];
        await socket.SendAsync(connect.AsMemory(0, 5), WebSocketMessageType.Binary, false, CancellationToken.None).Within();
        await socket.SendAsync(connect.AsMemory(5, 4), WebSocketMessageType.Binary, true, CancellationToken.None).Within();
        await socket.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Binary, true, CancellationToken.None).Within();
        await socket.SendAsync((byte[])[.. connect[9..], .. rest], WebSocketMessageType.Binary, true, CancellationToken.None).Within();

        byte[] got = await ReadUntilAsync(socket, static bytes => bytes.Count >= 4 && bytes[^4..].SequenceEqual((byte[])[0xd0, 0, 0xd0, 0]));
        Assert.Equal(0x20, got[0]);
    }

    [Fact]
    public async Task TextMessage_ClosesTheConnection()
    {
        using ClientWebSocket socket = await OpenAsync();
        await socket.SendAsync("text"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None).Within();
        WebSocketReceiveResult result = await socket.ReceiveAsync(new byte[100], CancellationToken.None).Within();

        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.InvalidMessageType), (result.MessageType, result.CloseStatus));
    }

    [Fact]
    public async Task Page_OfAnotherOrigin_IsRefused()
    {
        using ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Origin", "https://elsewhere.example");
        socket.Options.AddSubProtocol("mqtt");

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{server.Http.Authority}/mqtt"), CancellationToken.None).Within());
        HttpResponseMessage plain = await server.Client.GetAsync("/mqtt");
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Client.GetAsync("/mqtt?token=x")).StatusCode);
    }

    [Fact]
    public async Task Goodbye_IsSaid_BeforeTheClose()
    {
        using ClientWebSocket socket = await OpenAsync();
        await socket.SendAsync((byte[])[.. MqttPeer.Bytes(MqttPeer.Connect(server.Name("u"))), 0xf0, 0], WebSocketMessageType.Binary, true, CancellationToken.None).Within();
        byte[] got = await ReadUntilAsync(socket, static _ => false);

        Assert.Equal(0x20, got[0]);
        Assert.Equal(((byte)0xe0, (byte)ReasonCode.ProtocolError), (got[2 + got[1]], got[4 + got[1]]));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    private async Task<ClientWebSocket> OpenAsync()
    {
        ClientWebSocket socket = new();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"ws://{server.Http.Authority}/mqtt"), CancellationToken.None).Within();
        return socket;
    }

    private static async Task<byte[]> ReadUntilAsync(ClientWebSocket socket, Func<List<byte>, bool> isEnough)
    {
        List<byte> got = [];
        byte[] buffer = new byte[1_000];
        while (!isEnough(got))
        {
            WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, CancellationToken.None).Within();
            if (result.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within();
                break;
            }

            got.AddRange(buffer.AsSpan(0, result.Count));
        }

        return [.. got];
    }
}
