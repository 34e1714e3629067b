using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>PINGRESP: a sign of life (MQTT 5.0, 3.13).</summary>
internal sealed record PingrespPacket : MqttPacket
{
    private PingrespPacket()
    {
    }

    /// <summary>There is one only.</summary>
    public static PingrespPacket Instance { get; } = new();

    public override PacketType Type => PacketType.Pingresp;

    public override void Write(IBufferWriter<byte> output, MqttVersion version)
    {
        output.WriteByte(Header(Type));
        output.WriteByte(0);
    }
}
