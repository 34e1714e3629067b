using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>AUTH: a step of an extended authentication (MQTT 5.0, 3.15). Read so that it can be refused: no method is known here.</summary>
internal sealed record AuthPacket(ReasonCode Code, PacketProperties Properties) : MqttPacket
{
    public override PacketType Type => PacketType.Auth;

    public static AuthPacket Read(ref FieldReader fields)
    {
        if (fields.End)
        {
            return new AuthPacket(ReasonCode.Success, PacketProperties.None);
        }

        ReasonCode code = (ReasonCode)fields.Byte();
        if (code is not (ReasonCode.Success or ReasonCode.ContinueAuthentication or ReasonCode.Reauthenticate))
        {
            throw MqttException.Malformed($"AUTH has code 0x{(int)code:x2}.");
        }

        return new AuthPacket(code, fields.End ? PacketProperties.None : PacketProperties.Read(ref fields, PropertyOwner.Auth));
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type), this, static (packet, body) =>
    {
        bool hasProperties = !packet.Properties.IsEmpty;
        if (packet.Code != ReasonCode.Success || hasProperties)
        {
            body.WriteByte((byte)packet.Code);
            packet.Properties.Write(body);
        }
    });
}
