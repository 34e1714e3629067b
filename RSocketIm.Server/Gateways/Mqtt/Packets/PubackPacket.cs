namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>PUBACK: a message of QoS 1 has arrived (MQTT 5.0, 3.4).</summary>
internal sealed record PubackPacket(ushort PacketId, ReasonCode Code, PacketProperties Properties) : AckPacket(PacketId, Code, Properties)
{
    /// <summary>An acknowledgement without properties.</summary>
    public PubackPacket(ushort packetId, ReasonCode code = ReasonCode.Success)
        : this(packetId, code, PacketProperties.None)
    {
    }

    public override PacketType Type => PacketType.Puback;

    public static PubackPacket Read(ref FieldReader fields, MqttVersion version)
    {
        (ushort packetId, ReasonCode code, PacketProperties properties) = ReadBody(ref fields, version, OfPublish);
        return new PubackPacket(packetId, code, properties);
    }
}
