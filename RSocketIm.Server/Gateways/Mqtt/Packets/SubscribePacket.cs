using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>SUBSCRIBE: one topic filter or more (MQTT 5.0, 3.8).</summary>
internal sealed record SubscribePacket(ushort PacketId, PacketProperties Properties, IReadOnlyList<TopicSubscription> Topics) : MqttPacket
{
    public override PacketType Type => PacketType.Subscribe;

    public static SubscribePacket Read(ref FieldReader fields, MqttVersion version)
    {
        ushort packetId = PacketReader.RequireId(fields.UInt16());
        PacketProperties properties = version == MqttVersion.V5 ? PacketProperties.Read(ref fields, PropertyOwner.Subscribe) : PacketProperties.None;
        List<TopicSubscription> topics = [];
        while (!fields.End)
        {
            topics.Add(TopicSubscription.Create(fields.Text(), fields.Byte(), version));
        }

        return topics.Count > 0 ? new SubscribePacket(packetId, properties, topics) : throw MqttException.Protocol("SUBSCRIBE names no topic filter.");
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type, 2), (Packet: this, Version: version), static (state, body) =>
    {
        body.WriteUInt16(state.Packet.PacketId);
        if (state.Version == MqttVersion.V5)
        {
            state.Packet.Properties.Write(body);
        }

        foreach (TopicSubscription topic in state.Packet.Topics)
        {
            body.WriteText(topic.Filter);
            body.WriteByte(topic.Options);
        }
    });
}
