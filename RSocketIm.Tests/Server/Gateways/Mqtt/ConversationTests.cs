using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt;

/// <summary>Signed-in clients that break the protocol, from raw bytes: MQTT 5.0 is told why, MQTT 3.1.1 only closed.</summary>
public sealed class ConversationTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Theory]
    [InlineData("a second CONNECT", "10 0d 0004 4d515454 05 02 000a 00 0000", 0x82)]
    [InlineData("CONNACK", "20 03 000000", 0x82)]
    [InlineData("SUBACK", "90 04 0001 00 00", 0x82)]
    [InlineData("UNSUBACK", "b0 04 0001 00 00", 0x82)]
    [InlineData("PINGRESP", "d0 00", 0x82)]
    [InlineData("AUTH", "f0 00", 0x82)]
    [InlineData("a reserved type", "00 00", 0x81)]
    [InlineData("wrong flags", "c1 00", 0x81)]
    [InlineData("QoS 3", "36 06 0001 61 0001 00", 0x81)]
    [InlineData("a topic that is no UTF-8", "30 05 0002 c328 00", 0x81)]
    [InlineData("a wildcard in a topic", "30 05 0002 612b 00", 0x90)]
    [InlineData("a topic alias of 0", "30 06 0000 03 230000", 0x94)]
    [InlineData("a topic alias beyond the maximum", "30 07 0001 61 03 230011", 0x94)]
    [InlineData("a topic alias that stands for nothing", "30 06 0000 03 230001", 0x82)]
    [InlineData("a subscription identifier in PUBLISH", "30 06 0001 61 02 0b01", 0x82)]
    [InlineData("SUBSCRIBE without a filter", "82 03 0001 00", 0x82)]
    [InlineData("a filter with a wildcard within a level", "82 08 0001 00 0002 612b 00", 0x81)]
    [InlineData("a filter with a # that is not last", "82 09 0001 00 0003 232f61 00", 0x81)]
    [InlineData("a shared subscription", "82 0f 0001 00 0009 2473686172652f782f 00", 0x9e)]
    [InlineData("a packet longer than allowed", "30 818010", 0x95)]
    [InlineData("a session kept after all", "e0 07 00 05 1100000001", 0x82)]
    public async Task Packet_ThatBreaksTheProtocol_EndsTheConnection(string what, string hex, int code)
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.SendBytesAsync(hex);

        DisconnectPacket told = await peer.ExpectAsync<DisconnectPacket>();
        Assert.Equal($"{what}: {(ReasonCode)code}", $"{what}: {told.Code}");
        Assert.Null(await peer.ReadAsync());
    }

    [Theory]
    [InlineData("a second CONNECT", "10 0c 0004 4d515454 04 02 000a 0000")]
    [InlineData("AUTH", "f0 00")]
    [InlineData("CONNACK", "20 02 0000")]
    [InlineData("a wildcard in a topic", "30 04 0002 612b")]
    [InlineData("SUBSCRIBE without a filter", "82 02 0001")]
    [InlineData("options of MQTT 5.0", "82 06 0001 0001 61 04")]
    [InlineData("a message that is refused", "32 08 0003 612f62 0001 68")]
    [InlineData("a message that is no text", "32 0c 0006 636861742f78 0001 c328")]
    public async Task Packet_OfMqtt311_ThatBreaksTheProtocol_OnlyCloses(string what, string hex)
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"), MqttVersion.V311);
        await peer.SendBytesAsync(hex);

        Assert.True(await peer.ReadAsync() is null, what);
    }

    [Theory]
    [InlineData("a/b", "x", 0x90)]
    [InlineData("chat/Lobby", "x", 0x90)]
    [InlineData("chat", "x", 0x90)]
    [InlineData("chat/lobby/events", "x", 0x90)]
    [InlineData("chat/lobby", "", 0x99)]
    public async Task Message_ThatCannotBe_IsRefusedInItsAnswer_AndTheConnectionGoesOn(string topic, string text, int code)
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));

        Assert.Equal((ReasonCode)code, await peer.PublishAsync(topic, text));
        await peer.SendAsync(MqttPeer.Message(topic, text, 2, 9));
        Assert.Equal((ReasonCode)code, (await peer.ExpectAsync<PubrecPacket>()).Code);
        await peer.SendAsync(MqttPeer.Message(topic, text));
        await peer.ProbeAsync();
    }

    [Fact]
    public async Task Message_LongerThanTextsMayBe_IsOverTheQuota()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));

        Assert.Equal(ReasonCode.QuotaExceeded, await peer.PublishAsync("chat/long", new string('x', 16_385)));
        Assert.Equal(ReasonCode.Success, await peer.PublishAsync("chat/long", new string('x', 16_384)));
        Assert.Equal(ReasonCode.QuotaExceeded, await peer.PublishAsync("chat/long", "x", new PacketProperties { ContentType = new string('c', 1_100) }));
        Assert.Equal(ReasonCode.ImplementationSpecificError, await peer.PublishAsync("chat/long", "x", new PacketProperties { UserProperties = [new("from", "somebody")] }));
        Assert.Equal(ReasonCode.ImplementationSpecificError, await peer.PublishAsync("chat/long", "x", new PacketProperties { UserProperties = [new("id", new string('i', 65))] }));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("chat")]
    [InlineData("chat/lobby/typing")]
    [InlineData("chat/UPPER")]
    [InlineData("$SYS/#")]
    public async Task Filter_ThatMatchesNothingHere_IsRefusedInItsAnswer(string filter)
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await using MqttPeer old = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"), MqttVersion.V311);

        Assert.Equal(ReasonCode.TopicFilterInvalid, await peer.SubscribeAsync(filter));
        Assert.Equal(ReasonCode.UnspecifiedError, await old.SubscribeAsync(filter));
    }

    [Fact]
    public async Task PrivateRoom_OfOthers_IsNeitherReadNorWritten()
    {
        await using ChatClient owner = await server.GuestAsync();
        string room = server.Name("secret");
        await owner.AskAsync("rooms.create", RoomCreate.Format, new RoomCreate { Room = room, Kind = RoomKinds.Private }, RoomInfo.Format);
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));

        Assert.Equal(ReasonCode.NotAuthorized, await peer.SubscribeAsync($"chat/{room}"));
        Assert.Equal(ReasonCode.NotAuthorized, await peer.PublishAsync($"chat/{room}", "x"));
    }

    [Fact]
    public async Task TopicAlias_StandsForItsTopic()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        string topic = "chat/" + server.Name("alias");
        await peer.SubscribeAsync(topic);

        Assert.Equal(ReasonCode.Success, await PublishAsync(topic));
        Assert.Equal("1", await peer.ExpectTextAsync());
        Assert.Equal(ReasonCode.Success, await PublishAsync(""));
        Assert.Equal((topic, "2"), await ReadAsync());

        async Task<ReasonCode> PublishAsync(string name)
        {
            ushort id = (ushort)(name.Length > 0 ? 1 : 2);
            await peer.SendAsync(MqttPeer.Message(name, $"{id}", 1, id) with { Properties = new PacketProperties { TopicAlias = 16 } });
            return (await peer.ExpectAsync<PubackPacket>()).Code;
        }

        async Task<(string Topic, string Text)> ReadAsync()
        {
            PublishPacket packet = await peer.ExpectAsync<PublishPacket>();
            return (packet.Topic, MqttPeer.TextOf(packet));
        }
    }

    [Fact]
    public async Task Unsubscribe_EndsTheMessages_AndSaysWhetherThereWasASubscription()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        string topic = "chat/" + server.Name("un");
        await peer.SubscribeAsync(topic);
        await peer.SendAsync(new UnsubscribePacket(9, PacketProperties.None, [topic, "chat/other"]));

        Assert.Equal([ReasonCode.Success, ReasonCode.NoSubscriptionExisted], (await peer.ExpectAsync<UnsubackPacket>()).Codes);
        Assert.Equal(ReasonCode.Success, await peer.PublishAsync(topic, "unheard"));
        await peer.ProbeAsync();
    }

    [Fact]
    public async Task NoLocal_KeepsOnesOwnMessagesAway()
    {
        string topic = "chat/" + server.Name("nl");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await using MqttPeer other = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.SubscribeAsync(topic, noLocal: true);

        await peer.PublishAsync(topic, "mine");
        await peer.PublishAsync(topic, "mine, by another id", new PacketProperties { UserProperties = [new("id", server.Name("id"))] });
        await other.PublishAsync(topic, "theirs");

        Assert.Equal("theirs", await peer.ExpectTextAsync());
    }

    [Theory]
    [InlineData(0, true, true)]
    [InlineData(1, true, false)]
    [InlineData(2, false, false)]
    public async Task RetainHandling_SaysWhenTheLastMessageIsGiven(int handling, bool first, bool again)
    {
        string topic = "chat/" + server.Name("rh");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.PublishAsync(topic, "kept");

        Assert.Equal(first, await IsGivenAsync());
        Assert.Equal(again, await IsGivenAsync());

        async Task<bool> IsGivenAsync()
        {
            await peer.SubscribeAsync(topic, retainHandling: handling);
            string marker = server.Name("marker");
            await peer.PublishAsync(topic, marker);
            PublishPacket packet = await peer.ExpectAsync<PublishPacket>();
            if (packet.Retain)
            {
                Assert.Equal(marker, await peer.ExpectTextAsync());
            }

            return packet.Retain;
        }
    }

    [Fact]
    public async Task MaximumPacketSize_OfTheClient_IsKept_AndTheWindowIsNotUsedUp()
    {
        string topic = "chat/" + server.Name("size");
        await using MqttPeer peer = await MqttPeer.OpenAsync(server.Mqtt);
        await peer.SendAsync(MqttPeer.Connect(server.Name("u"), receiveMaximum: 1) with { Properties = new PacketProperties { MaximumPacketSize = 400, ReceiveMaximum = 1 } });
        await peer.ExpectAsync<ConnackPacket>();
        await peer.SubscribeAsync(topic, qos: 1);

        await using MqttPeer writer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await writer.PublishAsync(topic, new string('x', 400));
        await writer.PublishAsync(topic, "short");

        Assert.Equal("short", await peer.ExpectTextAsync());
    }

    [Fact]
    public async Task MessageExpiry_IsToldAsWhatIsLeft()
    {
        string topic = "chat/" + server.Name("expiry");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.PublishAsync(topic, "lasting", new PacketProperties { MessageExpiry = 3_600 });
        await peer.SubscribeAsync(topic, retainHandling: 0);
        await peer.PublishAsync(topic, "gone at once", new PacketProperties { MessageExpiry = 0 });
        await peer.PublishAsync(topic, "next");

        PublishPacket packet = await peer.ExpectAsync<PublishPacket>();
        Assert.Equal("lasting", MqttPeer.TextOf(packet));
        Assert.InRange(packet.Properties.MessageExpiry!.Value, 3_000u, 3_600u);
        Assert.Equal("next", await peer.ExpectTextAsync());
    }

    [Fact]
    public async Task OverlappingSubscriptions_GiveACopyEach_WithTheirIdentifiers()
    {
        string room = server.Name("overlap");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.SubscribeAsync($"chat/{room}", qos: 1, identifier: 1);
        await peer.SubscribeAsync("chat/+", identifier: 2);
        await peer.PublishAsync($"chat/{room}", "x");

        PublishPacket[] copies = [await peer.ExpectAsync<PublishPacket>(), await peer.ExpectAsync<PublishPacket>()];
        Assert.Equal([(1, 1), (2, 0)], copies.Select(static copy => (copy.Properties.SubscriptionIdentifiers!.Single(), copy.Qos)).Order());
    }

    [Fact]
    public async Task Subscribe_AnswersEachFilterInOrder()
    {
        string room = server.Name("many");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        TopicSubscription[] topics = [new($"chat/{room}", 2), new("nothing/here", 1), new($"chat/{room}/signals", 1), new("chat/+", 1)];
        await peer.SendAsync(new SubscribePacket(77, PacketProperties.None, topics));

        SubackPacket answer = await peer.ExpectAsync<SubackPacket>();
        Assert.Equal(77, answer.PacketId);
        Assert.Equal([ReasonCode.GrantedQos2, ReasonCode.TopicFilterInvalid, ReasonCode.Success, ReasonCode.GrantedQos1], answer.Codes);
    }

    [Fact]
    public async Task Unsubscribe_LetsWhatIsUnderWayComeToItsEnd()
    {
        string topic = "chat/" + server.Name("end");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.SubscribeAsync(topic, qos: 2);
        await peer.PublishAsync(topic, "x");
        PublishPacket packet = await peer.ExpectAsync<PublishPacket>();
        await peer.SendAsync(new UnsubscribePacket(9, PacketProperties.None, [topic]));
        await peer.ExpectAsync<UnsubackPacket>();

        await peer.SendAsync(new PubrecPacket(packet.PacketId));
        PubrelPacket release = await peer.ExpectAsync<PubrelPacket>();
        Assert.Equal((packet.PacketId, ReasonCode.Success), (release.PacketId, release.Code));
    }

    [Fact]
    public async Task Typing_IsASignal_AndIsNotLogged()
    {
        string room = server.Name("typing");
        string user = server.Name("u");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, user);
        await peer.SubscribeAsync($"chat/{room}");
        await peer.SubscribeAsync($"chat/{room}/signals");
        await peer.PublishAsync($"chat/{room}/typing", "");

        PublishPacket packet;
        do
        {
            packet = await peer.ExpectAsync<PublishPacket>();
            Assert.Equal(($"chat/{room}/signals", 0), (packet.Topic, packet.Qos));
        }
        while (!MqttPeer.TextOf(packet).Contains($$"""{"type":"typing","user":"{{user}}",""", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_SayWhereTheMessageIs_OrWhyNot_ToWhoWantsToKnow()
    {
        string topic = "chat/" + server.Name("where");
        await using MqttPeer curious = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        PacketProperties id = new() { UserProperties = [new("id", "m1")] };
        await curious.SendAsync(MqttPeer.Message(topic, "x", 1, 1) with { Properties = id }, MqttPeer.Message(topic, "x", 2, 2) with { Properties = id }, MqttPeer.Message("a/b", "x", 1, 3));
        Assert.Equal(["2", "false"], Told((await curious.ExpectAsync<PubackPacket>()).Properties));
        Assert.Equal(["2", "true"], Told((await curious.ExpectAsync<PubrecPacket>()).Properties));
        Assert.StartsWith("not_found: ", (await curious.ExpectAsync<PubackPacket>()).Properties.ReasonString, StringComparison.Ordinal);

        await using MqttPeer incurious = await MqttPeer.OpenAsync(server.Mqtt);
        await incurious.SendAsync(MqttPeer.Connect(server.Name("u")) with { Properties = new PacketProperties { RequestProblemInformation = 0 } });
        await incurious.ExpectAsync<ConnackPacket>();
        await incurious.SendAsync(MqttPeer.Message(topic, "x", 1, 1), MqttPeer.Message("a/b", "x", 2, 2));
        Assert.True((await incurious.ExpectAsync<PubackPacket>()).Properties.IsEmpty);
        Assert.True((await incurious.ExpectAsync<PubrecPacket>()).Properties.IsEmpty);

        static IEnumerable<string> Told(PacketProperties properties) => properties.UserProperties!.Where(static pair => pair.Key is "seq" or "duplicate").Select(static pair => pair.Value);
    }

    [Fact]
    public async Task Subscription_WithAPosition_BeginsBehindIt()
    {
        string topic = "chat/" + server.Name("after");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.PublishAsync(topic, "2");
        await peer.PublishAsync(topic, "3");
        await SubscribeAsync("2", null);
        Assert.Equal("3", await peer.ExpectTextAsync());
        await peer.SendAsync(new UnsubscribePacket(9, PacketProperties.None, [topic]));
        await peer.ExpectAsync<UnsubackPacket>();
        await SubscribeAsync("2", "another");
        await peer.SendAsync(new UnsubscribePacket(9, PacketProperties.None, [topic]));
        await peer.ExpectAsync<UnsubackPacket>();
        await SubscribeAsync("99", null);
        await peer.PublishAsync(topic, "4");
        Assert.Equal("4", await peer.ExpectTextAsync());

        async Task SubscribeAsync(string after, string? epoch)
        {
            List<KeyValuePair<string, string>> position = [new("after", after)];
            if (epoch is not null)
            {
                position.Add(new("epoch", epoch));
            }

            await peer.SendAsync(new SubscribePacket(8, new PacketProperties { UserProperties = position }, [new TopicSubscription(topic, 1, RetainHandling: 2)]));
            await peer.ExpectAsync<SubackPacket>();
        }
    }
}
