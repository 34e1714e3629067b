namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>PUBREL: its identifier may be forgotten (MQTT 5.0, 3.6).</summary>
internal sealed record PubrelPacket(ushort PacketId, ReasonCode Code, PacketProperties Properties) : AckPacket(PacketId, Code, Properties)
{
    /// <summary>An acknowledgement without properties.</summary>
    public PubrelPacket(ushort packetId, ReasonCode code = ReasonCode.Success)
        : this(packetId, code, PacketProperties.None)
    {
    }

    public override PacketType Type => PacketType.Pubrel;

    public static PubrelPacket Read(ref FieldReader fields, MqttVersion version)
    {
        (ushort packetId, ReasonCode code, PacketProperties properties) = ReadBody(
            ref fields,
            version,
            ReasonCode.PacketIdentifierNotFound);
        return new PubrelPacket(packetId, code, properties);
    }
}
