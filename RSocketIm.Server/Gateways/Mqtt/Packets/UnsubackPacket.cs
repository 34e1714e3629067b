using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>UNSUBACK: in MQTT 5.0 with a code for each topic filter, in order (MQTT 5.0, 3.11).</summary>
internal sealed record UnsubackPacket(ushort PacketId, PacketProperties Properties, IReadOnlyList<ReasonCode> Codes) : MqttPacket
{
    public override PacketType Type => PacketType.Unsuback;

    public static UnsubackPacket Read(ref FieldReader fields, MqttVersion version)
    {
        ushort packetId = PacketReader.RequireId(fields.UInt16());
        if (version == MqttVersion.V311)
        {
            return new UnsubackPacket(packetId, PacketProperties.None, []);
        }

        PacketProperties properties = PacketProperties.Read(ref fields, PropertyOwner.Answer);
        List<ReasonCode> codes = [];
        while (!fields.End)
        {
            codes.Add((ReasonCode)fields.Byte());
        }

        return new UnsubackPacket(packetId, properties, codes);
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type), (Packet: this, Version: version), static (state, body) =>
    {
        body.WriteUInt16(state.Packet.PacketId);
        if (state.Version == MqttVersion.V311)
        {
            return;
        }

        state.Packet.Properties.Write(body);
        foreach (ReasonCode code in state.Packet.Codes)
        {
            body.WriteByte((byte)code);
        }
    });
}
