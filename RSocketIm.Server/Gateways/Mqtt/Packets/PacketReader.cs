using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>Cuts packets out of a stream of bytes and takes them apart. Pure: it knows the rules that hold for one packet alone.</summary>
internal static class PacketReader
{
    /// <summary>Cuts the next packet out of what has arrived.</summary>
    /// <param name="buffer">What has arrived; without the packet afterwards.</param>
    /// <param name="maxBytes">Longest packet, fixed header included.</param>
    /// <param name="header">Its first byte.</param>
    /// <param name="body">What follows its length; not copied.</param>
    /// <returns>False: it is not here as a whole.</returns>
    /// <exception cref="MqttException">Its length takes more than 4 bytes, or it is too long; told before it is here.</exception>
    public static bool TryCut(ref ReadOnlySequence<byte> buffer, int maxBytes, out byte header, out ReadOnlySequence<byte> body)
    {
        body = default;
        SequenceReader<byte> reader = new(buffer);
        if (!reader.TryRead(out header))
        {
            return false;
        }

        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (!reader.TryRead(out byte next))
            {
                return false;
            }

            length |= (next & 0x7f) << shift;
            if (next < 0x80)
            {
                break;
            }

            if (shift == 21)
            {
                throw MqttException.Malformed("The length of a packet has more than 4 bytes.");
            }
        }

        long whole = reader.Consumed + length;
        if (whole > maxBytes)
        {
            throw new MqttException(ReasonCode.PacketTooLarge, $"A packet of {whole} bytes came; at most {maxBytes} are allowed.");
        }

        if (buffer.Length < whole)
        {
            return false;
        }

        body = buffer.Slice(reader.Consumed, length);
        buffer = buffer.Slice(whole);
        return true;
    }

    /// <summary>Takes a packet apart.</summary>
    /// <param name="version">The version of the connection; CONNECT says its own.</param>
    /// <param name="header">The first byte.</param>
    /// <param name="body">The body. A <see cref="PublishPacket"/> refers to it; nothing else does.</param>
    /// <exception cref="MqttException">It is malformed, or breaks a rule that holds for it alone.</exception>
    public static MqttPacket Read(MqttVersion version, byte header, ReadOnlySequence<byte> body)
    {
        PacketType type = (PacketType)(header >> 4);
        int flags = header & 0x0f;
        int expected = type is PacketType.Pubrel or PacketType.Subscribe or PacketType.Unsubscribe ? 2 : 0;
        if (flags != expected && type != PacketType.Publish)
        {
            throw MqttException.Malformed($"The flags of packet type {(int)type} are {flags}, must be {expected}.");
        }

        FieldReader fields = new(body);
        MqttPacket packet = type switch
        {
            PacketType.Connect => ConnectPacket.Read(ref fields),
            PacketType.Connack => ConnackPacket.Read(ref fields, version),
            PacketType.Publish => PublishPacket.Read(ref fields, version, flags),
            PacketType.Puback => PubackPacket.Read(ref fields, version),
            PacketType.Pubrec => PubrecPacket.Read(ref fields, version),
            PacketType.Pubrel => PubrelPacket.Read(ref fields, version),
            PacketType.Pubcomp => PubcompPacket.Read(ref fields, version),
            PacketType.Subscribe => SubscribePacket.Read(ref fields, version),
            PacketType.Suback => SubackPacket.Read(ref fields, version),
            PacketType.Unsubscribe => UnsubscribePacket.Read(ref fields, version),
            PacketType.Unsuback => UnsubackPacket.Read(ref fields, version),
            PacketType.Pingreq => PingreqPacket.Instance,
            PacketType.Pingresp => PingrespPacket.Instance,
            PacketType.Disconnect => DisconnectPacket.Read(ref fields, version),
            PacketType.Auth when version == MqttVersion.V5 => AuthPacket.Read(ref fields),
            _ => throw MqttException.Malformed($"There is no packet type {(int)type}."),
        };
        fields.RequireEnd();
        return packet;
    }

    /// <exception cref="MqttException">It is 0.</exception>
    internal static ushort RequireId(ushort packetId) => packetId != 0 ? packetId : throw MqttException.Protocol("A packet identifier is 0.");
}
