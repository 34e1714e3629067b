using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Payloads.MessagePack;

public ref partial struct MessagePackReader
{
    // 64-bit form: 30 bits of nanoseconds above 34 bits of seconds.
    private const int TimestampSecondsBits = 34;

    /// <summary>Reads a timestamp, in its form of 32, 64 or 96 bits.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type; also when the nanoseconds are above 999 999 999.</exception>
    public MessagePackTimestamp ReadTimestamp()
    {
        long start = reader.Consumed;
        MessagePackExtension extension = ReadExtension();
        return TryParseTimestamp(extension, out MessagePackTimestamp timestamp)
            ? timestamp
            : throw new MessagePackFormatException(start, $"Expected a timestamp, found extension type {extension.Type} of {extension.Data.Length} bytes.");
    }

    /// <summary>Takes an extension value for a timestamp.</summary>
    /// <param name="extension">The extension value.</param>
    /// <param name="timestamp">The timestamp.</param>
    /// <returns>False when its type is not -1, its length not 4, 8 or 12, or its nanoseconds are above 999 999 999.</returns>
    public static bool TryParseTimestamp(MessagePackExtension extension, out MessagePackTimestamp timestamp)
    {
        timestamp = default;
        if (extension.Type != MessagePackTimestamp.ExtensionType || extension.Data.Length is not (4 or 8 or 12))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[12];
        extension.Data.CopyTo(bytes);
        switch (extension.Data.Length)
        {
            case 4:
                timestamp = new MessagePackTimestamp(BinaryPrimitives.ReadUInt32BigEndian(bytes), 0);
                break;
            case 8:
                ulong both = BinaryPrimitives.ReadUInt64BigEndian(bytes);
                timestamp = new MessagePackTimestamp((long)(both & ((1UL << TimestampSecondsBits) - 1)), (uint)(both >> TimestampSecondsBits));
                break;
            default:
                timestamp = new MessagePackTimestamp(BinaryPrimitives.ReadInt64BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt32BigEndian(bytes));
                break;
        }

        return timestamp.Nanoseconds <= MessagePackTimestamp.MaxNanoseconds;
    }
}
