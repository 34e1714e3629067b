using System.Buffers;

namespace RSocketIm.Protocol.Frames;

/// <summary>METADATA_PUSH (0x0C): metadata for the connection; never answered.</summary>
/// <remarks>Valid only on stream 0 and with M; the connection ignores others. Spec: Protocol.md, "METADATA_PUSH Frame (0x0C)".</remarks>
public readonly ref struct MetadataPushFrame
{
    // flags: M, always
    // |               Metadata                       ...            |    without a length of their own: the rest of the frame

    /// <summary>The stream as it came; valid is 0 only.</summary>
    public int StreamId { get; private init; }

    /// <summary>M as it came; valid is true only.</summary>
    public bool HasMetadata { get; private init; }

    /// <summary>The metadata; empty without M.</summary>
    public ReadOnlySequence<byte> Metadata { get; private init; }

    /// <summary>Reads a METADATA_PUSH; there is none that cannot be read.</summary>
    /// <param name="frame">A frame of type METADATA_PUSH.</param>
    /// <returns>The metadata; they refer to the frame's bytes.</returns>
    public static MetadataPushFrame Read(scoped in Frame frame)
    {
        bool hasMetadata = frame.Has(FrameFlags.Metadata);
        return new MetadataPushFrame { StreamId = frame.StreamId, HasMetadata = hasMetadata, Metadata = hasMetadata ? frame.Body : default };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="metadataLength">The length of the metadata in bytes.</param>
    public static int GetLength(int metadataLength) => checked(Frame.HeaderLength + metadataLength);

    /// <summary>Stages a METADATA_PUSH on stream 0; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="metadata">The metadata.</param>
    /// <exception cref="ArgumentException">The frame would exceed 16,777,215 bytes.</exception>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> metadata)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> span = PayloadBody.GetSpan(output, GetLength(metadata.Length), Frame.HeaderLength);
        FrameHeader.Write(span, 0, FrameType.MetadataPush, FrameFlags.Metadata);
        output.Advance(Frame.HeaderLength);
        output.Write(metadata);
    }
}
