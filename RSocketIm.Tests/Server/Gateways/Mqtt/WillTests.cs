using System.Text;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt;

public sealed class WillTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly HostedServer server;
    private MqttPeer reader = null!;

    public WillTests() => server = new HostedServer { Replace = services => services.AddSingleton<TimeProvider>(time) };

    public async Task InitializeAsync()
    {
        await server.InitializeAsync();
        reader = await MqttPeer.GuestAsync(server.Mqtt, "reader");
        await reader.SubscribeAsync("chat/news");
    }

    public async Task DisposeAsync()
    {
        await reader.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Will_IsPublished_WhenTheConnectionIsCut()
    {
        MqttPeer mortal = await MqttPeer.GuestAsync(server.Mqtt, "mortal", will: Will("cut"));
        await mortal.DisposeAsync();

        Assert.Equal("cut", await reader.ExpectTextAsync());
    }

    [Fact]
    public async Task Will_IsPublished_WhenTheClientBreaksTheProtocol()
    {
        await using MqttPeer mortal = await MqttPeer.GuestAsync(server.Mqtt, "mortal", will: Will("broken"));
        await mortal.SendBytesAsync("f000");
        await mortal.ExpectEndAsync(ReasonCode.ProtocolError);

        Assert.Equal("broken", await reader.ExpectTextAsync());
    }

    [Fact]
    public async Task NormalDisconnect_TakesTheWillBack_AndOneThatAsksForItDoesNot()
    {
        MqttPeer quiet = await MqttPeer.GuestAsync(server.Mqtt, "quiet", will: Will("not told"));
        await quiet.LeaveAsync();
        MqttPeer loud = await MqttPeer.GuestAsync(server.Mqtt, "loud", will: Will("told"));
        await loud.SendAsync(new DisconnectPacket(ReasonCode.DisconnectWithWill, PacketProperties.None));
        Assert.Null(await loud.ReadAsync());

        Assert.Equal("told", await reader.ExpectTextAsync());
    }

    [Fact]
    public async Task WillWithADelay_IsNotPublished_WhenTheClientIsBackInTime()
    {
        MqttPeer mortal = await ReturnAsync(Will("late", delay: 60));
        await mortal.SendAsync(new DisconnectPacket(ReasonCode.DisconnectWithWill, PacketProperties.None));
        Assert.Null(await mortal.ReadAsync());
        mortal = await ReturnAsync(null);
        Assert.True(mortal.Connack!.SessionPresent);
        time.Advance(TimeSpan.FromSeconds(61));
        await mortal.PublishAsync("chat/news", "alive");

        Assert.Equal("alive", await reader.ExpectTextAsync());
    }

    [Fact]
    public async Task WillWithADelay_IsPublished_WhenNobodyComesBack()
    {
        MqttPeer mortal = await ReturnAsync(Will("late", delay: 60));
        await mortal.SendAsync(new DisconnectPacket(ReasonCode.DisconnectWithWill, PacketProperties.None));
        Assert.Null(await mortal.ReadAsync());
        await reader.PublishAsync("chat/news", "first");
        time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal("first", await reader.ExpectTextAsync());
        Assert.Equal("late", await reader.ExpectTextAsync());
    }

    [Fact]
    public async Task WillOfASession_IsPublished_WhenTheSessionEndsBeforeItsDelay()
    {
        MqttPeer mortal = await ReturnAsync(Will("over", delay: 3_000));
        await mortal.SendAsync(new DisconnectPacket(ReasonCode.DisconnectWithWill, PacketProperties.None));
        Assert.Null(await mortal.ReadAsync());
        await using MqttPeer clean = await MqttPeer.GuestAsync(server.Mqtt, "mortal", clientId: "phone", clean: true);

        Assert.Equal("over", await reader.ExpectTextAsync());
    }

    private Task<MqttPeer> ReturnAsync(WillMessage? will) => MqttPeer.GuestAsync(server.Mqtt, "mortal", clientId: "phone", clean: false, expiry: 3_600, will: will);

    private static WillMessage Will(string text, uint delay = 0) =>
        new("chat/news", Encoding.UTF8.GetBytes(text), 1, false, delay > 0 ? new PacketProperties { WillDelay = delay } : PacketProperties.None);
}
