using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>SUBACK: a code for each topic filter, in order (MQTT 5.0, 3.9).</summary>
/// <param name="PacketId">Of the SUBSCRIBE.</param>
/// <param name="Properties">Its properties.</param>
/// <param name="Codes">The QoS that is granted, or a failure; MQTT 3.1.1 has one failure only.</param>
internal sealed record SubackPacket(ushort PacketId, PacketProperties Properties, IReadOnlyList<ReasonCode> Codes) : MqttPacket
{
    public override PacketType Type => PacketType.Suback;

    public static SubackPacket Read(ref FieldReader fields, MqttVersion version)
    {
        ushort packetId = PacketReader.RequireId(fields.UInt16());
        PacketProperties properties = version == MqttVersion.V5 ? PacketProperties.Read(ref fields, PropertyOwner.Answer) : PacketProperties.None;
        List<ReasonCode> codes = [];
        while (!fields.End)
        {
            codes.Add((ReasonCode)fields.Byte());
        }

        return new SubackPacket(packetId, properties, codes);
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type), (Packet: this, Version: version), static (state, body) =>
    {
        body.WriteUInt16(state.Packet.PacketId);
        if (state.Version == MqttVersion.V5)
        {
            state.Packet.Properties.Write(body);
        }

        foreach (ReasonCode code in state.Packet.Codes)
        {
            body.WriteByte(state.Version == MqttVersion.V311 && code > ReasonCode.UnspecifiedError ? (byte)ReasonCode.UnspecifiedError : (byte)code);
        }
    });
}
