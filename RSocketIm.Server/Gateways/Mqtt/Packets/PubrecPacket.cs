namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>PUBREC: a message of QoS 2 has arrived (MQTT 5.0, 3.5).</summary>
internal sealed record PubrecPacket(ushort PacketId, ReasonCode Code, PacketProperties Properties) : AckPacket(PacketId, Code, Properties)
{
    /// <summary>An acknowledgement without properties.</summary>
    public PubrecPacket(ushort packetId, ReasonCode code = ReasonCode.Success)
        : this(packetId, code, PacketProperties.None)
    {
    }

    public override PacketType Type => PacketType.Pubrec;

    public static PubrecPacket Read(ref FieldReader fields, MqttVersion version)
    {
        (ushort packetId, ReasonCode code, PacketProperties properties) = ReadBody(ref fields, version, OfPublish);
        return new PubrecPacket(packetId, code, properties);
    }
}
