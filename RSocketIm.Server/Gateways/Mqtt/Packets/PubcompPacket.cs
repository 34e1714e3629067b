namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>PUBCOMP: it is forgotten (MQTT 5.0, 3.7).</summary>
internal sealed record PubcompPacket(ushort PacketId, ReasonCode Code, PacketProperties Properties) : AckPacket(PacketId, Code, Properties)
{
    /// <summary>An acknowledgement without properties.</summary>
    public PubcompPacket(ushort packetId, ReasonCode code = ReasonCode.Success)
        : this(packetId, code, PacketProperties.None)
    {
    }

    public override PacketType Type => PacketType.Pubcomp;

    public static PubcompPacket Read(ref FieldReader fields, MqttVersion version)
    {
        (ushort packetId, ReasonCode code, PacketProperties properties) = ReadBody(
            ref fields,
            version,
            ReasonCode.PacketIdentifierNotFound);
        return new PubcompPacket(packetId, code, properties);
    }
}
