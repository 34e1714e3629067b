using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt;

/// <summary>Each limit of MQTT in docs/limits.md, on a whole server, with a neighbour that does not notice.</summary>
public sealed class MqttLimitTests(MqttLimitTests.SmallServer server) : IClassFixture<MqttLimitTests.SmallServer>
{
    [Fact]
    public async Task PacketBytes_AreTooLarge()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Hosted.Mqtt, server.Hosted.Name("u"));
        Assert.Equal(20_000u, peer.Connack!.Properties.MaximumPacketSize);
        await peer.SendBytesAsync("30 9e9c01");

        await peer.ExpectEndAsync(ReasonCode.PacketTooLarge);
        Assert.Equal(1, await server.Hosted.HitsAsync("mqtt_packet_bytes"));
        await server.NeighbourIsWellAsync();
    }

    [Fact]
    public async Task ReceiveMaximum_IsExceeded()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Hosted.Mqtt, server.Hosted.Name("u"));
        Assert.Equal((ushort)2, peer.Connack!.Properties.ReceiveMaximum!.Value);
        string topic = "chat/" + server.Hosted.Name("rm");
        await peer.SendAsync(MqttPeer.Message(topic, "1", 2, 1), MqttPeer.Message(topic, "2", 2, 2));
        await peer.ExpectAsync<PubrecPacket>();
        await peer.ExpectAsync<PubrecPacket>();
        await peer.SendAsync(MqttPeer.Message(topic, "2", 2, 2, duplicate: true));
        await peer.ExpectAsync<PubrecPacket>();
        await peer.SendAsync(MqttPeer.Message(topic, "3", 2, 3));

        await peer.ExpectEndAsync(ReasonCode.ReceiveMaximumExceeded);
        await server.NeighbourIsWellAsync();
    }

    [Fact]
    public async Task Subscriptions_AreOverTheQuota()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Hosted.Mqtt, server.Hosted.Name("u"));
        string room = server.Hosted.Name("sub");
        Assert.Equal(ReasonCode.Success, await peer.SubscribeAsync($"chat/{room}"));
        Assert.Equal(ReasonCode.Success, await peer.SubscribeAsync($"chat/{room}/events"));

        Assert.Equal(ReasonCode.QuotaExceeded, await peer.SubscribeAsync("chat/+"));
        Assert.Equal(1, await server.Hosted.HitsAsync("mqtt_subscriptions"));
        await server.NeighbourIsWellAsync();
    }

    [Fact]
    public async Task Sessions_AreOverTheQuota()
    {
        string user = server.Hosted.Name("u");
        await using MqttPeer first = await MqttPeer.GuestAsync(server.Hosted.Mqtt, user, clientId: "1", expiry: 60);
        await using MqttPeer second = await MqttPeer.OpenAsync(server.Hosted.Mqtt);
        await second.SendAsync(MqttPeer.Connect(user, clientId: "2", expiry: 60));

        Assert.Equal(ReasonCode.QuotaExceeded, (await second.ExpectAsync<ConnackPacket>()).Code);
        Assert.Equal(1, await server.Hosted.HitsAsync("mqtt_sessions"));
        await using MqttPeer brief = await MqttPeer.GuestAsync(server.Hosted.Mqtt, user, clientId: "3");
        await server.NeighbourIsWellAsync();
    }

    [Fact]
    public async Task Answers_PauseTheReading()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Hosted.Mqtt, server.Hosted.Name("u"), receiveBuffer: 4_096);
        MqttPacket[] pings = [.. Enumerable.Repeat(PingreqPacket.Instance, 50_000)];
        for (int i = 0; i < 10; i++)
        {
            await peer.SendAsync(pings);
        }

        await server.NeighbourIsWellAsync();
        for (int i = 0; i < 10 * pings.Length; i++)
        {
            await peer.ExpectAsync<PingrespPacket>();
        }
    }

    /// <summary>A server with small limits, and a neighbour.</summary>
    public sealed class SmallServer : IAsyncLifetime
    {
        private MqttPeer neighbour = null!;
        private int said;

        public HostedServer Hosted { get; } = new()
        {
            Options = ["--RSocketIm:Mqtt:MaxPacketBytes=20000", "--RSocketIm:Mqtt:ReceiveMaximum=2", "--RSocketIm:Mqtt:MaxSubscriptions=2", "--RSocketIm:Mqtt:MaxSessionsPerUser=1"],
        };

        public async Task InitializeAsync()
        {
            await Hosted.InitializeAsync();
            neighbour = await MqttPeer.GuestAsync(Hosted.Mqtt, "neighbour");
            await neighbour.SubscribeAsync("chat/next-door");
        }

        public async Task NeighbourIsWellAsync()
        {
            string text = $"{++said}";
            Assert.Equal(ReasonCode.Success, await neighbour.PublishAsync("chat/next-door", text));
            Assert.Equal(text, await neighbour.ExpectTextAsync());
        }

        public async Task DisposeAsync()
        {
            await neighbour.DisposeAsync();
            await Hosted.DisposeAsync();
        }
    }
}
