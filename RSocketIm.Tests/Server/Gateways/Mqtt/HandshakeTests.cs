using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt;

/// <summary>What comes before a connection stands, from raw bytes.</summary>
public sealed class HandshakeTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Theory]
    [InlineData("PINGREQ", "c000")]
    [InlineData("PUBLISH", "30 05 0001 61 00 62")]
    [InlineData("nothing of MQTT", "474554202f20485454502f312e310d0a")]
    [InlineData("CONNECT with flags", "11 0d 0004 4d515454 05 02 000a 00 0000")]
    public async Task FirstPacket_ThatIsNoConnect_IsNotAnswered(string what, string hex)
    {
        await using MqttPeer peer = await MqttPeer.OpenAsync(server.Mqtt);
        await peer.SendBytesAsync(hex);

        Assert.True(await peer.ReadAsync() is null, what);
    }

    [Theory]
    [InlineData("a level that there is not", "10 0d 0004 4d515454 06 02 000a 00 0000", 0x84)]
    [InlineData("the reserved flag", "10 0d 0004 4d515454 05 03 000a 00 0000", 0x81)]
    [InlineData("a will of QoS 3", "10 0d 0004 4d515454 05 1e 000a 00 0000", 0x81)]
    [InlineData("a receive maximum of 0", "10 10 0004 4d515454 05 02 000a 03 210000 0000", 0x82)]
    [InlineData("an authentication method", "10 11 0004 4d515454 05 02 000a 04 15000161 0000", 0x8c)]
    [InlineData("a user that cannot be", "10 10 0004 4d515454 05 82 000a 00 0000 0001 21", 0x86)]
    public async Task Connect_OfMqtt5_ThatIsWrong_IsToldTheCode(string what, string hex, int code)
    {
        await using MqttPeer peer = await MqttPeer.OpenAsync(server.Mqtt);
        await peer.SendBytesAsync(hex);

        ConnackPacket answer = await peer.ExpectAsync<ConnackPacket>();
        Assert.Equal($"{what}: {(ReasonCode)code}", $"{what}: {answer.Code}");
        Assert.False(answer.SessionPresent);
        Assert.Null(await peer.ReadAsync());
    }

    [Theory]
    [InlineData("10 0c 0004 4d515454 03 02 000a 0000", "20020001")]
    [InlineData("10 0e 0006 4d5149736470 03 02 000a 0000", "20020001")]
    [InlineData("10 0c 0004 4d515454 04 00 000a 0000", "20020002")]
    [InlineData("10 0f 0004 4d515454 04 82 000a 0000 0001 21", "20020004")]
    public async Task Connect_OfMqtt311_ThatIsRefused_IsToldTheReturnCode(string hex, string answer)
    {
        await using MqttPeer peer = await MqttPeer.OpenAsync(server.Mqtt, MqttVersion.V311);
        await peer.SendBytesAsync(hex);

        ConnackPacket refused = await peer.ExpectAsync<ConnackPacket>();
        System.Buffers.ArrayBufferWriter<byte> bytes = new();
        refused.Write(bytes, MqttVersion.V311);
        Assert.Equal(answer, Convert.ToHexStringLower(bytes.WrittenSpan));
        Assert.Null(await peer.ReadAsync());
    }

    [Theory]
    [InlineData("the reserved flag", "10 0c 0004 4d515454 04 03 000a 0000")]
    [InlineData("a password and no user name", "10 0f 0004 4d515454 04 42 000a 0000 0001 70")]
    [InlineData("bytes too many", "10 0d 0004 4d515454 04 02 000a 0000 00")]
    public async Task Connect_OfMqtt311_ThatIsMalformed_IsOnlyClosed(string what, string hex)
    {
        await using MqttPeer peer = await MqttPeer.OpenAsync(server.Mqtt, MqttVersion.V311);
        await peer.SendBytesAsync(hex);

        Assert.True(await peer.ReadAsync() is null, what);
    }

    [Fact]
    public async Task ClientIdentifier_ThatIsEmpty_IsAssigned()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await using MqttPeer old = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"), MqttVersion.V311);

        Assert.StartsWith("auto-", peer.Connack!.Properties.AssignedClientIdentifier, StringComparison.Ordinal);
        Assert.Equal(((byte?)0, (ushort?)16, (uint?)262_144), (peer.Connack.Properties.SharedAvailable, peer.Connack.Properties.TopicAliasMaximum, peer.Connack.Properties.MaximumPacketSize));
    }

    [Fact]
    public async Task ClientIdentifier_ThatIsTooLong_IsNotValid()
    {
        await using MqttPeer peer = await MqttPeer.OpenAsync(server.Mqtt);
        await peer.SendAsync(MqttPeer.Connect(server.Name("u"), clientId: new string('x', 257)));

        Assert.Equal(ReasonCode.ClientIdentifierNotValid, (await peer.ExpectAsync<ConnackPacket>()).Code);
        Assert.Null(await peer.ReadAsync());
    }

    [Fact]
    public async Task SessionExpiry_BeyondWhatIsKept_IsToldAsItIs()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"), clientId: "c", expiry: uint.MaxValue);

        Assert.Equal(2_592_000u, peer.Connack!.Properties.SessionExpiry);
    }

    [Fact]
    public async Task Connect_LongerThanASetupMayBe_IsRefusedBeforeItIsHere_AndCounted()
    {
        long before = await server.HitsAsync("setup_bytes");
        await using MqttPeer peer = await MqttPeer.OpenAsync(server.Mqtt);
        await peer.SendBytesAsync("10 ffff7f 0004 4d515454");

        Assert.Null(await peer.ReadAsync());
        Assert.Equal(before + 1, await server.HitsAsync("setup_bytes"));
    }
}
