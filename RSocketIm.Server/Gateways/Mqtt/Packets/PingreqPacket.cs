using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>PINGREQ: a sign of life, which asks for one (MQTT 5.0, 3.12).</summary>
internal sealed record PingreqPacket : MqttPacket
{
    private PingreqPacket()
    {
    }

    /// <summary>There is one only.</summary>
    public static PingreqPacket Instance { get; } = new();

    public override PacketType Type => PacketType.Pingreq;

    public override void Write(IBufferWriter<byte> output, MqttVersion version)
    {
        output.WriteByte(Header(Type));
        output.WriteByte(0);
    }
}
