using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>CONNACK: whether the connection stands (MQTT 5.0, 3.2; return codes of 3.1.1, 3.2.2.3).</summary>
/// <param name="SessionPresent">Whether a session goes on.</param>
/// <param name="Code">In MQTT 3.1.1 written as the return code that comes nearest.</param>
/// <param name="Properties">What the server can do.</param>
internal sealed record ConnackPacket(bool SessionPresent, ReasonCode Code, PacketProperties Properties) : MqttPacket
{
    public override PacketType Type => PacketType.Connack;

    public static ConnackPacket Read(ref FieldReader fields, MqttVersion version)
    {
        byte flags = fields.Byte();
        if (flags > 1)
        {
            throw MqttException.Malformed("A reserved flag of CONNACK is set.");
        }

        ReasonCode code = (ReasonCode)fields.Byte();
        return new ConnackPacket(
            flags == 1,
            version == MqttVersion.V5 ? code : FromReturnCode((byte)code),
            version == MqttVersion.V5 ? PacketProperties.Read(ref fields, PropertyOwner.Connack) : PacketProperties.None);
    }

    public override void Write(IBufferWriter<byte> output, MqttVersion version) => output.WritePacket(Header(Type), (Packet: this, Version: version), static (state, body) =>
    {
        body.WriteByte((byte)(state.Packet.SessionPresent ? 1 : 0));
        body.WriteByte(state.Version == MqttVersion.V5 ? (byte)state.Packet.Code : ToReturnCode(state.Packet.Code));
        if (state.Version == MqttVersion.V5)
        {
            state.Packet.Properties.Write(body);
        }
    });

    private static byte ToReturnCode(ReasonCode code) => code switch
    {
        ReasonCode.Success => 0,
        ReasonCode.UnsupportedProtocolVersion => 1,
        ReasonCode.ClientIdentifierNotValid => 2,
        ReasonCode.BadUserNameOrPassword => 4,
        ReasonCode.NotAuthorized or ReasonCode.Banned => 5,
        _ => 3, // server unavailable
    };

    private static ReasonCode FromReturnCode(byte code) => code switch
    {
        0 => ReasonCode.Success,
        1 => ReasonCode.UnsupportedProtocolVersion,
        2 => ReasonCode.ClientIdentifierNotValid,
        3 => ReasonCode.ServerUnavailable,
        4 => ReasonCode.BadUserNameOrPassword,
        5 => ReasonCode.NotAuthorized,
        _ => throw MqttException.Malformed($"There is no return code {code}."),
    };
}
