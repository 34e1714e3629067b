using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>DISCONNECT: the last packet of a side; from a server in MQTT 5.0 only (MQTT 5.0, 3.14).</summary>
internal sealed record DisconnectPacket(ReasonCode Code, PacketProperties Properties) : MqttPacket
{
    public override PacketType Type => PacketType.Disconnect;

    public static DisconnectPacket Read(ref FieldReader fields, MqttVersion version)
    {
        if (version == MqttVersion.V311 || fields.End)
        {
            return new DisconnectPacket(ReasonCode.Success, PacketProperties.None);
        }

        ReasonCode code = (ReasonCode)fields.Byte();
        if (code is not (ReasonCode.Success or ReasonCode.DisconnectWithWill) && (code < ReasonCode.UnspecifiedError || !Enum.IsDefined(code)))
        {
            throw MqttException.Malformed($"DISCONNECT has code 0x{(int)code:x2}.");
        }

        return new DisconnectPacket(code, fields.End ? PacketProperties.None : PacketProperties.Read(ref fields, PropertyOwner.Disconnect));
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type), (Packet: this, Version: version), static (state, body) =>
    {
        bool hasProperties = !state.Packet.Properties.IsEmpty;
        if (state.Version == MqttVersion.V5 && (state.Packet.Code != ReasonCode.Success || hasProperties))
        {
            body.WriteByte((byte)state.Packet.Code);
            if (hasProperties)
            {
                state.Packet.Properties.Write(body);
            }
        }
    });
}
