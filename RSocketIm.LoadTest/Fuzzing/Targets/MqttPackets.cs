using System.Buffers;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>Random packets of MQTT that keep all rules.</summary>
internal static class MqttPackets
{
    private static readonly ReasonCode[] Failures = [ReasonCode.UnspecifiedError, ReasonCode.NotAuthorized, ReasonCode.QuotaExceeded, ReasonCode.PayloadFormatInvalid];

    public static MqttPacket Any(FuzzRandom random, MqttVersion version) => random.Below(version == MqttVersion.V5 ? 15 : 14) switch
    {
        0 => Connect(random, version),
        1 => new ConnackPacket(
            random.OneIn(2),
            random.Pick<ReasonCode>([ReasonCode.Success, ReasonCode.UnsupportedProtocolVersion, ReasonCode.ClientIdentifierNotValid, ReasonCode.BadUserNameOrPassword, ReasonCode.NotAuthorized]),
            Properties(random, version, PropertyOwner.Connack)),
        2 or 3 => Publish(random, version),
        4 => new PubackPacket(Id(random), Code(random, version), Properties(random, version, PropertyOwner.Answer)),
        5 => new PubrecPacket(Id(random), Code(random, version), Properties(random, version, PropertyOwner.Answer)),
        6 => new PubrelPacket(Id(random), ReasonCode.Success, Properties(random, version, PropertyOwner.Answer)),
        7 => new PubcompPacket(Id(random), ReasonCode.Success, Properties(random, version, PropertyOwner.Answer)),
        8 => new SubscribePacket(Id(random), Properties(random, version, PropertyOwner.Subscribe), Many(random, r => Subscription(r, version))),
        9 => new SubackPacket(Id(random), Properties(random, version, PropertyOwner.Answer), Many(random, static r => r.Pick<ReasonCode>([ReasonCode.Success, ReasonCode.GrantedQos2, ReasonCode.UnspecifiedError]))),
        10 => new UnsubscribePacket(Id(random), Properties(random, version, PropertyOwner.Unsubscribe), Many(random, static r => "t" + Text(r))),
        11 => new UnsubackPacket(
            Id(random),
            Properties(random, version, PropertyOwner.Answer),
            version == MqttVersion.V5 ? Many(random, static r => r.Pick<ReasonCode>([ReasonCode.Success, ReasonCode.NoSubscriptionExisted])) : []),
        12 => random.OneIn(2) ? PingreqPacket.Instance : PingrespPacket.Instance,
        13 => new DisconnectPacket(version == MqttVersion.V5 && random.OneIn(2) ? random.Pick(Failures) : ReasonCode.Success, Properties(random, version, PropertyOwner.Disconnect)),
        _ => new AuthPacket(random.Pick<ReasonCode>([ReasonCode.Success, ReasonCode.ContinueAuthentication]), Properties(random, version, PropertyOwner.Auth)),
    };

    private static ConnectPacket Connect(FuzzRandom random, MqttVersion version)
    {
        string? user = random.OneIn(2) ? Text(random) : null;
        return new ConnectPacket
        {
            Version = version,
            CleanStart = random.OneIn(2),
            KeepAlive = (ushort)random.Next(),
            Properties = Properties(random, version, PropertyOwner.Connect),
            ClientId = Text(random),
            Will = random.OneIn(2) ? new WillMessage("t" + Text(random), Bytes(random), random.Below(3), random.OneIn(2), Properties(random, version, PropertyOwner.Will)) : null,
            UserName = user,
            Password = (user is not null || version == MqttVersion.V5) && random.OneIn(2) ? Bytes(random) : null,
        };
    }

    private static PublishPacket Publish(FuzzRandom random, MqttVersion version)
    {
        int qos = random.Below(3);
        PacketProperties properties = Properties(random, version, PropertyOwner.Publish);
        return new PublishPacket
        {
            Topic = properties.TopicAlias is not null && random.OneIn(2) ? "" : "t" + Text(random),
            PacketId = qos > 0 ? Id(random) : (ushort)0,
            Qos = qos,
            Duplicate = qos > 0 && random.OneIn(4),
            Retain = random.OneIn(4),
            Properties = properties,
            Payload = new ReadOnlySequence<byte>(Bytes(random)),
        };
    }

    private static TopicSubscription Subscription(FuzzRandom random, MqttVersion version) => version == MqttVersion.V5
        ? new TopicSubscription("t" + Text(random), random.Below(3), random.OneIn(2), random.OneIn(2), random.Below(3))
        : new TopicSubscription("t" + Text(random), random.Below(3));

    private static PacketProperties Properties(FuzzRandom random, MqttVersion version, PropertyOwner owner)
    {
        if (version == MqttVersion.V311 || random.OneIn(2))
        {
            return PacketProperties.None;
        }

        PacketProperties properties = new() { UserProperties = random.OneIn(2) ? Many(random, static r => new KeyValuePair<string, string>(Text(r), Text(r))) : null };
        bool isMessage = owner is PropertyOwner.Publish or PropertyOwner.Will;
        bool isHandshake = owner is PropertyOwner.Connect or PropertyOwner.Connack;
        properties.PayloadFormat = isMessage && random.OneIn(3) ? (byte)random.Below(2) : null;
        properties.MessageExpiry = isMessage && random.OneIn(3) ? (uint)random.Next() : null;
        properties.ContentType = isMessage && random.OneIn(3) ? Text(random) : null;
        properties.ResponseTopic = isMessage && random.OneIn(3) ? "t" + Text(random) : null;
        properties.CorrelationData = isMessage && random.OneIn(3) ? Bytes(random) : null;
        properties.TopicAlias = owner == PropertyOwner.Publish && random.OneIn(3) ? Id(random) : null;
        properties.WillDelay = owner == PropertyOwner.Will && random.OneIn(3) ? (uint)random.Next() : null;
        properties.SubscriptionIdentifiers = owner == PropertyOwner.Subscribe && random.OneIn(2) ? [random.Between(1, FieldWriter.MaxVarInt)]
            : owner == PropertyOwner.Publish && random.OneIn(3) ? Many(random, static r => r.Between(1, FieldWriter.MaxVarInt)) : null;
        properties.ReceiveMaximum = isHandshake && random.OneIn(2) ? Id(random) : null;
        properties.TopicAliasMaximum = isHandshake && random.OneIn(2) ? (ushort)random.Next() : null;
        properties.MaximumPacketSize = isHandshake && random.OneIn(2) ? (uint)random.Between(1, int.MaxValue) : null;
        properties.SessionExpiry = (isHandshake || owner == PropertyOwner.Disconnect) && random.OneIn(2) ? (uint)random.Next() : null;
        properties.AuthenticationMethod = (isHandshake || owner == PropertyOwner.Auth) && random.OneIn(3) ? Text(random) : null;
        properties.AuthenticationData = properties.AuthenticationMethod is not null && random.OneIn(2) ? Bytes(random) : null;
        properties.RequestProblemInformation = owner == PropertyOwner.Connect && random.OneIn(3) ? (byte)random.Below(2) : null;
        properties.RequestResponseInformation = owner == PropertyOwner.Connect && random.OneIn(3) ? (byte)random.Below(2) : null;
        properties.ReasonString = owner is PropertyOwner.Connack or PropertyOwner.Answer or PropertyOwner.Disconnect or PropertyOwner.Auth && random.OneIn(3) ? Text(random) : null;
        properties.ServerReference = owner is PropertyOwner.Connack or PropertyOwner.Disconnect && random.OneIn(4) ? Text(random) : null;
        if (owner == PropertyOwner.Connack)
        {
            properties.AssignedClientIdentifier = random.OneIn(3) ? Text(random) : null;
            properties.ServerKeepAlive = random.OneIn(3) ? (ushort)random.Next() : null;
            properties.ResponseInformation = random.OneIn(3) ? Text(random) : null;
            properties.MaximumQos = random.OneIn(3) ? (byte)random.Below(2) : null;
            properties.RetainAvailable = random.OneIn(3) ? (byte)random.Below(2) : null;
            properties.WildcardAvailable = random.OneIn(3) ? (byte)random.Below(2) : null;
            properties.SubscriptionIdentifiersAvailable = random.OneIn(3) ? (byte)random.Below(2) : null;
            properties.SharedAvailable = random.OneIn(3) ? (byte)random.Below(2) : null;
        }

        return properties;
    }

    private static List<T> Many<T>(FuzzRandom random, Func<FuzzRandom, T> make) => [.. Enumerable.Range(0, random.Between(1, 3)).Select(_ => make(random))];

    private static ReasonCode Code(FuzzRandom random, MqttVersion version) => version == MqttVersion.V5 && random.OneIn(2) ? random.Pick(Failures) : ReasonCode.Success;

    private static ushort Id(FuzzRandom random) => (ushort)random.Between(1, 65_535);

    private static string Text(FuzzRandom random) => string.Concat(Enumerable.Range(0, random.Length(60)).Select(_ => random.Pick<string>(["a", "Z", "/", "-", "ü", "聊", "😀", "\ufeff"])));

    private static byte[] Bytes(FuzzRandom random)
    {
        byte[] bytes = new byte[random.Length(300)];
        random.Fill(bytes);
        return bytes;
    }
}
