using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>UNSUBSCRIBE: one topic filter or more (MQTT 5.0, 3.10).</summary>
internal sealed record UnsubscribePacket(ushort PacketId, PacketProperties Properties, IReadOnlyList<string> Filters) : MqttPacket
{
    public override PacketType Type => PacketType.Unsubscribe;

    public static UnsubscribePacket Read(ref FieldReader fields, MqttVersion version)
    {
        ushort packetId = PacketReader.RequireId(fields.UInt16());
        PacketProperties properties = version == MqttVersion.V5 ? PacketProperties.Read(ref fields, PropertyOwner.Unsubscribe) : PacketProperties.None;
        List<string> filters = [];
        while (!fields.End)
        {
            string filter = fields.Text();
            filters.Add(filter.Length > 0 ? filter : throw MqttException.Malformed("A topic filter is empty."));
        }

        return filters.Count > 0 ? new UnsubscribePacket(packetId, properties, filters) : throw MqttException.Protocol("UNSUBSCRIBE names no topic filter.");
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type, 2), (Packet: this, Version: version), static (state, body) =>
    {
        body.WriteUInt16(state.Packet.PacketId);
        if (state.Version == MqttVersion.V5)
        {
            state.Packet.Properties.Write(body);
        }

        foreach (string filter in state.Packet.Filters)
        {
            body.WriteText(filter);
        }
    });
}
