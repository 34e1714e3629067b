using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>A control packet. Each has a <c>Read</c> of its body and a <see cref="Write"/> of the whole.</summary>
internal abstract record MqttPacket
{
    /// <summary>What it is.</summary>
    public abstract PacketType Type { get; }

    /// <summary>Writes the packet with its fixed header.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="version">The version of the connection: without properties and with fewer codes in MQTT 3.1.1.</param>
    public abstract void Write(IBufferWriter<byte> output, MqttVersion version);

    /// <summary>The first byte of a packet of this type.</summary>
    protected static byte Header(PacketType type, int flags = 0) => (byte)(((int)type << 4) | flags);
}
