using System.Buffers;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>A will with what it needs to be published once, whoever publishes it: this process, or the next one after a crash.</summary>
/// <param name="Message">The will.</param>
/// <param name="Id">The id of its message.</param>
internal sealed record StoredWill(WillMessage Message, string Id)
{
    /// <summary>How long it waits after the end of the connection.</summary>
    public TimeSpan Delay => TimeSpan.FromSeconds(Message.Properties.WillDelay ?? 0);

    /// <summary>Reads what <see cref="ToBytes"/> made.</summary>
    public static StoredWill Read(byte[] bytes)
    {
        FieldReader fields = new(new ReadOnlySequence<byte>(bytes));
        string id = fields.Text();
        byte flags = fields.Byte();
        string topic = fields.Text();
        byte[] payload = fields.Binary();
        return new StoredWill(new WillMessage(topic, payload, flags & 3, (flags & 4) != 0, PacketProperties.Read(ref fields, PropertyOwner.Will)), id);
    }

    /// <summary>As it is stored.</summary>
    public byte[] ToBytes()
    {
        ArrayBufferWriter<byte> output = new();
        output.WriteText(Id);
        output.WriteByte((byte)(Message.Qos | (Message.Retain ? 4 : 0)));
        output.WriteText(Message.Topic);
        output.WriteBinary(Message.Payload);
        Message.Properties.Write(output);
        return output.WrittenSpan.ToArray();
    }
}
