using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>CONNECT: who comes, and how (MQTT 5.0, 3.1).</summary>
internal sealed record ConnectPacket : MqttPacket
{
    private const string ProtocolName = "MQTT";

    public override PacketType Type => PacketType.Connect;

    public MqttVersion Version { get; init; } = MqttVersion.V5;

    /// <summary>In MQTT 3.1.1 "clean session".</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>Seconds; 0: off.</summary>
    public ushort KeepAlive { get; init; }

    public PacketProperties Properties { get; init; } = PacketProperties.None;

    /// <summary>Empty: the server is to choose one.</summary>
    public string ClientId { get; init; } = "";

    public WillMessage? Will { get; init; }

    public string? UserName { get; init; }

    public byte[]? Password { get; init; }

    //  |7 user name|6 password|5 will retain|4-3 will QoS|2 will|1 clean start|0 reserved|
    public static ConnectPacket Read(ref FieldReader fields)
    {
        string name = fields.Text();
        byte level = fields.Byte();
        if (name != ProtocolName || !Enum.IsDefined((MqttVersion)level))
        {
            throw new MqttException(ReasonCode.UnsupportedProtocolVersion, $"The protocol is '{name}' level {level}; MQTT of level 4 and 5 are spoken here.") { Level = level };
        }

        MqttVersion version = (MqttVersion)level;
        byte flags = fields.Byte();
        bool hasWill = (flags & 0x04) != 0;
        int willQos = (flags >> 3) & 3;
        if ((flags & 0x01) != 0)
        {
            throw MqttException.Malformed("The reserved flag of CONNECT is set.");
        }

        if (willQos == 3 || (!hasWill && (flags & 0x38) != 0))
        {
            throw MqttException.Malformed("The will flags of CONNECT do not fit together.");
        }

        if (version == MqttVersion.V311 && (flags & 0xC0) == 0x40)
        {
            throw MqttException.Malformed("CONNECT has a password and no user name.");
        }

        ushort keepAlive = fields.UInt16();
        PacketProperties properties = version == MqttVersion.V5 ? PacketProperties.Read(ref fields, PropertyOwner.Connect) : PacketProperties.None;
        string clientId = fields.Text();
        WillMessage? will = null;
        if (hasWill)
        {
            PacketProperties willProperties = version == MqttVersion.V5 ? PacketProperties.Read(ref fields, PropertyOwner.Will) : PacketProperties.None;
            string topic = PublishPacket.RequireTopic(fields.Text());
            will = new WillMessage(topic, fields.Binary(), willQos, (flags & 0x20) != 0, willProperties);
        }

        return new ConnectPacket
        {
            Version = version,
            CleanStart = (flags & 0x02) != 0,
            KeepAlive = keepAlive,
            Properties = properties,
            ClientId = clientId,
            Will = will,
            UserName = (flags & 0x80) != 0 ? fields.Text() : null,
            Password = (flags & 0x40) != 0 ? fields.Binary() : null,
        };
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type), this, static (packet, body) => packet.WriteBody(body));

    private void WriteBody(IBufferWriter<byte> body)
    {
        body.WriteText(ProtocolName);
        body.WriteByte((byte)Version);
        int flags = CleanStart ? 0x02 : 0;
        flags |= Will is null ? 0 : 0x04 | (Will.Qos << 3) | (Will.Retain ? 0x20 : 0);
        flags |= (UserName is null ? 0 : 0x80) | (Password is null ? 0 : 0x40);
        body.WriteByte((byte)flags);
        body.WriteUInt16(KeepAlive);
        if (Version == MqttVersion.V5)
        {
            Properties.Write(body);
        }

        body.WriteText(ClientId);
        if (Will is not null)
        {
            if (Version == MqttVersion.V5)
            {
                Will.Properties.Write(body);
            }

            body.WriteText(Will.Topic);
            body.WriteBinary(Will.Payload);
        }

        if (UserName is not null)
        {
            body.WriteText(UserName);
        }

        if (Password is not null)
        {
            body.WriteBinary(Password);
        }
    }
}
