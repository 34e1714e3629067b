using System.Buffers;
using System.Diagnostics;

namespace RSocketIm.Protocol.Frames;

/// <summary>PAYLOAD (0x0A): an element, the end of a stream, both, or a fragment.</summary>
/// <remarks>Spec: Protocol.md, "PAYLOAD Frame (0x0A)" and "Fragmentation and Reassembly".</remarks>
public readonly ref struct PayloadFrame
{
    // flags: M, F, C, N
    // |             Metadata Length (24)              |               only with M
    // |               Metadata and data              ...            |

    private const FrameFlags Known = FrameFlags.Metadata | FrameFlags.Follows | FrameFlags.Complete | FrameFlags.Next;

    /// <summary>The stream, 0..2^31-1. 0 is never valid; the connection ignores such a frame.</summary>
    public int StreamId { get; private init; }

    /// <summary>The flags as they came.</summary>
    public FrameFlags Flags { get; private init; }

    /// <summary>N: the frame carries an element, possibly of zero length.</summary>
    public bool Next => (Flags & FrameFlags.Next) != 0;

    /// <summary>C: the sender's direction is complete.</summary>
    public bool Complete => (Flags & FrameFlags.Complete) != 0;

    /// <summary>More fragments follow: F without C. With both, the spec has F ignored, so such a frame is a last fragment.</summary>
    /// <remarks>Spec: Protocol.md, "Handling the Unexpected", 7.</remarks>
    public bool Follows => (Flags & (FrameFlags.Follows | FrameFlags.Complete)) == FrameFlags.Follows;

    /// <summary>M: metadata are present, possibly empty.</summary>
    public bool HasMetadata => (Flags & FrameFlags.Metadata) != 0;

    /// <summary>The metadata; empty also when there are none.</summary>
    public ReadOnlySequence<byte> Metadata { get; private init; }

    /// <summary>The data.</summary>
    public ReadOnlySequence<byte> Data { get; private init; }

    /// <summary>Reads a PAYLOAD.</summary>
    /// <param name="frame">A frame of type PAYLOAD.</param>
    /// <returns>The payload; it refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">The metadata are longer than the frame.</exception>
    public static PayloadFrame Read(scoped in Frame frame)
    {
        Debug.Assert(frame.Type == FrameType.Payload, "Only PAYLOAD comes here.");
        if (!frame.Has(FrameFlags.Metadata))
        {
            return new PayloadFrame { StreamId = frame.StreamId, Flags = frame.Flags, Data = frame.Body };
        }

        FieldReader body = new(frame);
        return new PayloadFrame { StreamId = frame.StreamId, Flags = frame.Flags, Metadata = body.ReadMetadata(), Data = body.Rest };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="hasMetadata">Whether metadata are present, possibly empty.</param>
    /// <param name="metadataLength">Their length in bytes; counts only when they are present.</param>
    /// <param name="dataLength">The length of the data in bytes.</param>
    public static int GetLength(bool hasMetadata, int metadataLength, int dataLength) =>
        checked(Frame.HeaderLength + PayloadBody.GetLength(hasMetadata, metadataLength, dataLength));

    /// <summary>Stages a PAYLOAD; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="streamId">The stream, 1..2^31-1.</param>
    /// <param name="flags">Any of Metadata, Follows, Complete, Next; others are dropped.</param>
    /// <param name="metadata">The metadata; empty without <see cref="FrameFlags.Metadata"/>.</param>
    /// <param name="data">The data.</param>
    /// <exception cref="ArgumentException">The frame would exceed 16,777,215 bytes, or there are metadata without the flag.</exception>
    public static void Write(IBufferWriter<byte> output, int streamId, FrameFlags flags, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        bool hasMetadata = (flags & FrameFlags.Metadata) != 0;
        Span<byte> span = PayloadBody.GetSpan(output, GetLength(hasMetadata, metadata.Length, data.Length), Frame.HeaderLength);
        FrameHeader.Write(span, streamId, FrameType.Payload, flags & Known);
        PayloadBody.Write(output, span, Frame.HeaderLength, hasMetadata, metadata, data);
    }
}
