using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>PUBLISH: a message, either way (MQTT 5.0, 3.3).</summary>
internal sealed record PublishPacket : MqttPacket
{
    public override PacketType Type => PacketType.Publish;

    /// <summary>Empty when there is a topic alias instead.</summary>
    public required string Topic { get; init; }

    /// <summary>0 with QoS 0.</summary>
    public ushort PacketId { get; init; }

    public int Qos { get; init; }

    public bool Duplicate { get; init; }

    public bool Retain { get; init; }

    public PacketProperties Properties { get; init; } = PacketProperties.None;

    /// <summary>When read: a part of what has arrived, gone when the reader moves on.</summary>
    public ReadOnlySequence<byte> Payload { get; init; }

    //  flags: |3 duplicate|2-1 QoS|0 retain|
    public static PublishPacket Read(ref FieldReader fields, MqttVersion version, int flags)
    {
        int qos = (flags >> 1) & 3;
        bool duplicate = (flags & 8) != 0;
        if (qos == 3 || (qos == 0 && duplicate))
        {
            throw MqttException.Malformed($"The flags of PUBLISH are {flags}: there is no such QoS, or a duplicate of QoS 0.");
        }

        string topic = fields.Text();
        ushort packetId = qos > 0 ? PacketReader.RequireId(fields.UInt16()) : (ushort)0;
        PacketProperties properties = version == MqttVersion.V5 ? PacketProperties.Read(ref fields, PropertyOwner.Publish) : PacketProperties.None;
        if (topic.Length > 0)
        {
            RequireTopic(topic);
        }
        else if (version == MqttVersion.V311)
        {
            throw MqttException.Malformed("PUBLISH names no topic.");
        }
        else if (properties.TopicAlias is null)
        {
            throw MqttException.Protocol("PUBLISH has neither a topic nor a topic alias.");
        }

        if (properties.ResponseTopic is { } response)
        {
            RequireTopic(response);
        }

        return new PublishPacket
        {
            Topic = topic,
            PacketId = packetId,
            Qos = qos,
            Duplicate = duplicate,
            Retain = (flags & 1) != 0,
            Properties = properties,
            Payload = fields.Rest(),
        };
    }

    /// <summary>Lets through what can name a topic.</summary>
    /// <exception cref="MqttException">It is empty, or has wildcards.</exception>
    public static string RequireTopic(string topic)
    {
        if (topic.Length == 0)
        {
            throw MqttException.Malformed("A topic is empty.");
        }

        return topic.AsSpan().ContainsAny('+', '#') ? throw new MqttException(ReasonCode.TopicNameInvalid, "A topic that is published to has a wildcard.") : topic;
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version)
    {
        // The one packet that may be long and is written often: its payload is copied once.
        ArrayBufferWriter<byte>? properties = null;
        int length = FieldWriter.TextLength(Topic) + (Qos > 0 ? 2 : 0) + (int)Payload.Length;
        if (version == MqttVersion.V5)
        {
            properties = new ArrayBufferWriter<byte>(128);
            Properties.Write(properties);
            length += properties.WrittenCount;
        }

        output.WriteByte(Header(Type, (Duplicate ? 8 : 0) | (Qos << 1) | (Retain ? 1 : 0)));
        output.WriteVarInt(length);
        output.WriteText(Topic);
        if (Qos > 0)
        {
            output.WriteUInt16(PacketId);
        }

        if (properties is not null)
        {
            output.Write(properties.WrittenSpan);
        }

        foreach (ReadOnlyMemory<byte> part in Payload)
        {
            output.Write(part.Span);
        }
    }
}
