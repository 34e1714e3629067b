using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>What PUBACK, PUBREC, PUBREL and PUBCOMP have in common (MQTT 5.0, 3.4 to 3.7): a packet identifier, and in MQTT 5.0 what became of it.</summary>
internal abstract record AckPacket(ushort PacketId, ReasonCode Code, PacketProperties Properties) : MqttPacket
{
    /// <summary>What may be said of a PUBLISH beside success, in PUBACK and PUBREC alike.</summary>
    protected static ReadOnlySpan<ReasonCode> OfPublish =>
    [
        ReasonCode.NoMatchingSubscribers,
        ReasonCode.UnspecifiedError,
        ReasonCode.ImplementationSpecificError,
        ReasonCode.NotAuthorized,
        ReasonCode.TopicNameInvalid,
        ReasonCode.PacketIdentifierInUse,
        ReasonCode.QuotaExceeded,
        ReasonCode.PayloadFormatInvalid,
    ];

    /// <inheritdoc />
    public override void Write(IBufferWriter<byte> output, MqttVersion version) =>
        output.WritePacket(Header(Type, Type == PacketType.Pubrel ? 2 : 0), (Packet: this, Version: version), static (state, body) =>
        {
            (AckPacket packet, MqttVersion version) = state;
            body.WriteUInt16(packet.PacketId);
            bool hasProperties = !packet.Properties.IsEmpty;
            if (version == MqttVersion.V5 && (packet.Code != ReasonCode.Success || hasProperties))
            {
                body.WriteByte((byte)packet.Code);
                if (hasProperties)
                {
                    packet.Properties.Write(body);
                }
            }
        });

    /// <summary>Reads the body: in MQTT 5.0 a code that is left out is success, properties that are left out are none.</summary>
    protected static (ushort PacketId, ReasonCode Code, PacketProperties Properties) ReadBody(ref FieldReader fields, MqttVersion version, params ReadOnlySpan<ReasonCode> codes)
    {
        ushort packetId = PacketReader.RequireId(fields.UInt16());
        if (version == MqttVersion.V311 || fields.End)
        {
            return (packetId, ReasonCode.Success, PacketProperties.None);
        }

        ReasonCode code = (ReasonCode)fields.Byte();
        if (code != ReasonCode.Success && !codes.Contains(code))
        {
            throw MqttException.Malformed($"An acknowledgement has code 0x{(int)code:x2}.");
        }

        return (packetId, code, fields.End ? PacketProperties.None : PacketProperties.Read(ref fields, PropertyOwner.Answer));
    }
}
