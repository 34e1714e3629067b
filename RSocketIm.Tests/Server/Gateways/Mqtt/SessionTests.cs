using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt;

/// <summary>Sessions that outlive their connections, and the window of messages under way.</summary>
public sealed class SessionTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Window_IsTheClientsReceiveMaximum(int qos)
    {
        string topic = "chat/" + server.Name("window");
        await using MqttPeer reader = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"), receiveMaximum: 3);
        await reader.SubscribeAsync(topic, qos);
        await using MqttPeer writer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await WriteAsync(writer, topic, 1, 10);

        PublishPacket[] first = [await reader.ExpectAsync<PublishPacket>(), await reader.ExpectAsync<PublishPacket>(), await reader.ExpectAsync<PublishPacket>()];
        await reader.ProbeAsync(); // and nothing else
        Assert.Equal(["1", "2", "3"], first.Select(MqttPeer.TextOf));
        Assert.Equal(3, first.Select(static packet => packet.PacketId).Distinct().Count());

        for (int next = 4; next <= 10; next++)
        {
            PublishPacket acknowledged = first[(next - 1) % 3];
            await AcknowledgeAsync(reader, acknowledged);
            first[(next - 1) % 3] = await reader.ExpectAsync<PublishPacket>();
            Assert.Equal($"{next}", MqttPeer.TextOf(first[(next - 1) % 3]));
            await reader.ProbeAsync();
        }
    }

    [Fact]
    public async Task UnacknowledgedMessages_ComeAgain_AsDuplicatesUnderTheSameIdentifiers_BeforeWhatIsNew()
    {
        string topic = "chat/" + server.Name("again");
        string user = server.Name("u");
        MqttPeer before = await ReturnAsync(user, receiveMaximum: 2);
        Assert.False(before.Connack!.SessionPresent);
        await before.SubscribeAsync(topic, 1, identifier: 5);
        await using MqttPeer writer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await WriteAsync(writer, topic, 1, 3);
        PublishPacket one = await before.ExpectAsync<PublishPacket>();
        PublishPacket two = await before.ExpectAsync<PublishPacket>();
        await before.DisposeAsync();

        await using MqttPeer after = await ReturnAsync(user, receiveMaximum: 1);
        Assert.True(after.Connack!.SessionPresent);
        PublishPacket again = await after.ExpectAsync<PublishPacket>();
        Assert.Equal((one.PacketId, true, "1", 5), (again.PacketId, again.Duplicate, MqttPeer.TextOf(again), again.Properties.SubscriptionIdentifiers!.Single()));
        await after.ProbeAsync(); // a smaller window is kept to
        await AcknowledgeAsync(after, again);
        again = await after.ExpectAsync<PublishPacket>();
        Assert.Equal((two.PacketId, true, "2"), (again.PacketId, again.Duplicate, MqttPeer.TextOf(again)));
        await AcknowledgeAsync(after, again);
        again = await after.ExpectAsync<PublishPacket>();
        Assert.Equal((false, "3"), (again.Duplicate, MqttPeer.TextOf(again)));
    }

    [Fact]
    public async Task MessageOfQos2_ThatTheClientHas_IsReleasedAgain_AndNotSentAgain()
    {
        string topic = "chat/" + server.Name("rel");
        string user = server.Name("u");
        MqttPeer before = await ReturnAsync(user);
        await before.SubscribeAsync(topic, 2);
        await using MqttPeer writer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await WriteAsync(writer, topic, 1, 2);
        PublishPacket one = await before.ExpectAsync<PublishPacket>();
        PublishPacket two = await before.ExpectAsync<PublishPacket>();
        await before.SendAsync(new PubrecPacket(one.PacketId));
        Assert.Equal(one.PacketId, (await before.ExpectAsync<PubrelPacket>()).PacketId);
        await before.DisposeAsync();

        await using MqttPeer after = await ReturnAsync(user);
        Assert.Equal(one.PacketId, (await after.ExpectAsync<PubrelPacket>()).PacketId);
        PublishPacket again = await after.ExpectAsync<PublishPacket>();
        Assert.Equal((two.PacketId, true, "2"), (again.PacketId, again.Duplicate, MqttPeer.TextOf(again)));
    }

    [Fact]
    public async Task MessageOfQos2_ThatComesTwice_IsInTheRoomOnce_AlsoOverAnotherConnection()
    {
        string topic = "chat/" + server.Name("twice");
        string user = server.Name("u");
        await using MqttPeer reader = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await reader.SubscribeAsync(topic);
        MqttPeer before = await ReturnAsync(user);
        await before.SendAsync(MqttPeer.Message(topic, "once", 2, 7), MqttPeer.Message(topic, "once", 2, 7, duplicate: true));
        await before.ExpectAsync<PubrecPacket>();
        await before.ExpectAsync<PubrecPacket>();
        await before.DisposeAsync();

        await using MqttPeer after = await ReturnAsync(user);
        await after.SendAsync(MqttPeer.Message(topic, "once", 2, 7, duplicate: true));
        Assert.Equal(ReasonCode.Success, (await after.ExpectAsync<PubrecPacket>()).Code);
        await after.SendAsync(new PubrelPacket(7));
        Assert.Equal(ReasonCode.Success, (await after.ExpectAsync<PubcompPacket>()).Code);
        await after.SendAsync(MqttPeer.Message(topic, "another", 2, 7));
        await after.ExpectAsync<PubrecPacket>();

        Assert.Equal("once", await reader.ExpectTextAsync());
        Assert.Equal("another", await reader.ExpectTextAsync());
    }

    [Fact]
    public async Task UnknownIdentifiers_AreNotFound()
    {
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.SendAsync(new PubrelPacket(9), new PubrecPacket(9), new PubackPacket(9), new PubcompPacket(9));

        Assert.Equal(ReasonCode.PacketIdentifierNotFound, (await peer.ExpectAsync<PubcompPacket>()).Code);
        Assert.Equal(ReasonCode.PacketIdentifierNotFound, (await peer.ExpectAsync<PubrelPacket>()).Code);
        await peer.ProbeAsync();
    }

    [Fact]
    public async Task CleanStart_ForgetsTheSession()
    {
        string topic = "chat/" + server.Name("clean");
        string user = server.Name("u");
        MqttPeer before = await ReturnAsync(user);
        await before.SubscribeAsync(topic, 1);
        await before.LeaveAsync();

        MqttPeer clean = await MqttPeer.GuestAsync(server.Mqtt, user, clientId: "phone", clean: true);
        Assert.False(clean.Connack!.SessionPresent);
        await clean.LeaveAsync();
        await using MqttPeer after = await ReturnAsync(user);
        Assert.False(after.Connack!.SessionPresent);
    }

    [Fact]
    public async Task SessionWithoutExpiry_EndsWithItsConnection()
    {
        string user = server.Name("u");
        MqttPeer before = await MqttPeer.GuestAsync(server.Mqtt, user, clientId: "phone", clean: false);
        await before.SubscribeAsync("chat/" + server.Name("brief"), 1);
        await before.LeaveAsync();

        await using MqttPeer after = await MqttPeer.GuestAsync(server.Mqtt, user, clientId: "phone", clean: false);
        Assert.False(after.Connack!.SessionPresent);
    }

    [Fact]
    public async Task Disconnect_CanEndTheSession()
    {
        string user = server.Name("u");
        MqttPeer before = await ReturnAsync(user);
        await before.SendAsync(new DisconnectPacket(ReasonCode.Success, new PacketProperties { SessionExpiry = 0 }));
        Assert.Null(await before.ReadAsync());

        await using MqttPeer after = await ReturnAsync(user);
        Assert.False(after.Connack!.SessionPresent);
    }

    [Fact]
    public async Task ClientIdentifier_OfAnotherUser_IsAnotherSession()
    {
        await using MqttPeer one = await ReturnAsync(server.Name("u"));
        await using MqttPeer other = await ReturnAsync(server.Name("u"));

        await one.ProbeAsync();
        await other.ProbeAsync();
    }

    [Fact]
    public async Task Takeover_TellsTheOldConnection_AndTheSessionGoesOn()
    {
        string topic = "chat/" + server.Name("takeover");
        string user = server.Name("u");
        await using MqttPeer old = await ReturnAsync(user);
        await old.SubscribeAsync(topic, 1);
        await using MqttPeer fresh = await ReturnAsync(user);

        Assert.True(fresh.Connack!.SessionPresent);
        await old.ExpectEndAsync(ReasonCode.SessionTakenOver);
        await using MqttPeer writer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await writer.PublishAsync(topic, "for the new one");
        Assert.Equal("for the new one", await fresh.ExpectTextAsync());
    }

    [Fact]
    public async Task RoomJoinedWhileAway_IsRead_FromTheJoiningOn_ByAWildcard()
    {
        string user = server.Name("u");
        string room = server.Name("later");
        MqttPeer before = await ReturnAsync(user);
        await before.SubscribeAsync("chat/+", 1);
        await before.LeaveAsync();
        await using ChatClient elsewhere = await ChatClient.GuestAsync(server.Tcp, user);
        await elsewhere.CreateAsync(room);
        await elsewhere.SendAsync(room, "m1", "while away");

        await using MqttPeer after = await ReturnAsync(user);
        PublishPacket packet = await after.ExpectAsync<PublishPacket>();
        Assert.Equal(($"chat/{room}", "while away"), (packet.Topic, MqttPeer.TextOf(packet)));
    }

    [Fact]
    public async Task RightToRead_WhenLost_EndsTheMessages_AndWhenItIsBackTheyGoOn()
    {
        string user = server.Name("u");
        string room = server.Name("private");
        await using ChatClient owner = await server.GuestAsync();
        await owner.AskAsync("rooms.create", RoomCreate.Format, new RoomCreate { Room = room, Kind = RoomKinds.Private }, RoomInfo.Format);
        await owner.AskAsync("rooms.invite", MemberAction.Format, new MemberAction { Room = room, User = user }, SeqResult.Format);
        await using MqttPeer peer = await ReturnAsync(user);
        Assert.Equal(ReasonCode.GrantedQos1, await peer.SubscribeAsync($"chat/{room}", 1));
        await owner.SendAsync(room, "m1", "seen");
        await AcknowledgeAsync(peer, await ExpectAsync("seen"));
        await owner.AskAsync("rooms.remove", MemberAction.Format, new MemberAction { Room = room, User = user }, SeqResult.Format);
        await owner.SendAsync(room, "m2", "not for you");
        await peer.ProbeAsync();
        Assert.Equal(ReasonCode.NotAuthorized, await peer.PublishAsync($"chat/{room}", "x"));

        await owner.AskAsync("rooms.invite", MemberAction.Format, new MemberAction { Room = room, User = user }, SeqResult.Format);
        await using ChatClient elsewhere = await ChatClient.GuestAsync(server.Tcp, user);
        await elsewhere.JoinAsync(room);
        await owner.SendAsync(room, "m3", "seen again");
        await ExpectAsync("seen again");

        async Task<PublishPacket> ExpectAsync(string text)
        {
            PublishPacket packet = await peer.ExpectAsync<PublishPacket>();
            Assert.Equal(text, MqttPeer.TextOf(packet));
            return packet;
        }
    }

    [Fact]
    public async Task DeletedMessage_ThatIsSentAgain_HasNoWords()
    {
        string room = server.Name("deleted");
        string user = server.Name("u");
        MqttPeer before = await ReturnAsync(user);
        await before.SubscribeAsync($"chat/{room}", 2);
        await using ChatClient writer = await server.GuestAsync();
        await writer.JoinAsync(room);
        MessageSent sent = await writer.SendAsync(room, "m1", "words");
        PublishPacket first = await before.ExpectAsync<PublishPacket>();
        await before.DisposeAsync();
        await writer.AskAsync("messages.delete", MessageDelete.Format, new MessageDelete { Room = room, Target = sent.Seq }, EntryResult.Format);

        await using MqttPeer after = await ReturnAsync(user);
        PublishPacket again = await after.ExpectAsync<PublishPacket>();
        Assert.Equal((first.PacketId, true, ""), (again.PacketId, again.Duplicate, MqttPeer.TextOf(again)));
    }

    [Fact]
    public async Task MessageOfQos1_UnderAnIdentifierThatWasAnswered_IsANewOne()
    {
        string topic = "chat/" + server.Name("again");
        await using MqttPeer peer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await peer.SubscribeAsync(topic);
        for (int i = 0; i < 2; i++)
        {
            await peer.SendAsync(MqttPeer.Message(topic, "x", 1, 5, duplicate: i > 0));
            await peer.ExpectAsync<PubackPacket>();
            Assert.Equal("x", await peer.ExpectTextAsync());
        }
    }

    [Fact]
    public async Task RefusalOfTheClient_IsAnAcknowledgement()
    {
        string topic = "chat/" + server.Name("no");
        string user = server.Name("u");
        await using MqttPeer before = await ReturnAsync(user, receiveMaximum: 1);
        await before.SubscribeAsync(topic, 2);
        await using MqttPeer writer = await MqttPeer.GuestAsync(server.Mqtt, server.Name("u"));
        await WriteAsync(writer, topic, 1, 2);
        PublishPacket first = await before.ExpectAsync<PublishPacket>();
        await before.SendAsync(new PubrecPacket(first.PacketId, ReasonCode.QuotaExceeded));

        Assert.Equal("2", await before.ExpectTextAsync());
    }

    private Task<MqttPeer> ReturnAsync(string user, ushort? receiveMaximum = null) =>
        MqttPeer.GuestAsync(server.Mqtt, user, clientId: "phone", clean: false, expiry: 3_600, receiveMaximum: receiveMaximum);

    private static async Task WriteAsync(MqttPeer writer, string topic, int first, int last)
    {
        for (int i = first; i <= last; i++)
        {
            Assert.Equal(ReasonCode.Success, await writer.PublishAsync(topic, $"{i}"));
        }
    }

    private static async Task AcknowledgeAsync(MqttPeer reader, PublishPacket packet)
    {
        if (packet.Qos == 1)
        {
            await reader.SendAsync(new PubackPacket(packet.PacketId));
            return;
        }

        await reader.SendAsync(new PubrecPacket(packet.PacketId));
        Assert.Equal(packet.PacketId, (await reader.ExpectAsync<PubrelPacket>()).PacketId);
        await reader.SendAsync(new PubcompPacket(packet.PacketId));
    }
}
