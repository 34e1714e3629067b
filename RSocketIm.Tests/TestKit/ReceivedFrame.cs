using System.Buffers.Binary;
using System.Text;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.TestKit;

/// <summary>One frame as it came off the wire, taken apart without the reader that is under test.</summary>
internal sealed class ReceivedFrame(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    public int StreamId => BinaryPrimitives.ReadInt32BigEndian(Bytes);

    public FrameType Type => (FrameType)(Bytes[4] >> 2);

    public FrameFlags Flags => (FrameFlags)(BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(4)) & 0x3FF);

    public bool Next => Flags.HasFlag(FrameFlags.Next);

    public bool Complete => Flags.HasFlag(FrameFlags.Complete);

    public bool Follows => Flags.HasFlag(FrameFlags.Follows);

    public bool HasMetadata => Flags.HasFlag(FrameFlags.Metadata);

    /// <summary>The first 32-bit field behind the header: request n, error code, time to live.</summary>
    public int Number => BinaryPrimitives.ReadInt32BigEndian(Bytes.AsSpan(6));

    public int Number2 => BinaryPrimitives.ReadInt32BigEndian(Bytes.AsSpan(10));

    /// <summary>The 63-bit field behind the header: the position in KEEPALIVE and RESUME_OK.</summary>
    public long Position => BinaryPrimitives.ReadInt64BigEndian(Bytes.AsSpan(6));

    public string? Metadata => HasMetadata ? Encoding.UTF8.GetString(Bytes, ContentStart + 3, MetadataLength) : null;

    public string Data => Encoding.UTF8.GetString(DataBytes);

    public ReadOnlySpan<byte> DataBytes => Bytes.AsSpan(ContentStart + (HasMetadata ? 3 + MetadataLength : 0));

    private int ContentStart => Type switch
    {
        FrameType.RequestStream or FrameType.RequestChannel or FrameType.Error or FrameType.RequestN => 10,
        FrameType.KeepAlive => 14,
        _ => 6,
    };

    private int MetadataLength => (Bytes[ContentStart] << 16) | (Bytes[ContentStart + 1] << 8) | Bytes[ContentStart + 2];

    public override string ToString()
    {
        string number = Type switch
        {
            FrameType.Error => $" 0x{Number:X} \"{Data}\"",
            FrameType.RequestN or FrameType.RequestStream or FrameType.RequestChannel => $" n={Number}",
            FrameType.Payload => $" {Bytes.Length} bytes",
            _ => "",
        };
        return $"{Type}(stream {StreamId}, {Flags}){number}";
    }
}
