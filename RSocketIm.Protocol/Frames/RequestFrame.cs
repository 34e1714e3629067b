using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace RSocketIm.Protocol.Frames;

/// <summary>One of the four frames that open a stream: REQUEST_RESPONSE, REQUEST_FNF, REQUEST_STREAM, REQUEST_CHANNEL.</summary>
/// <remarks>
/// They share one file because they differ in a single field. Spec: Protocol.md, "REQUEST_RESPONSE Frame (0x04)" to
/// "REQUEST_CHANNEL Frame (0x07)".
/// </remarks>
public readonly ref struct RequestFrame
{
    // REQUEST_RESPONSE (0x04), REQUEST_FNF (0x05)      flags: M, F
    // |             Metadata Length (24)              |               only with M
    // |               Metadata and request data      ...            |
    //
    // REQUEST_STREAM (0x06) flags: M, F                REQUEST_CHANNEL (0x07) flags: M, F, C
    // |0|                  Initial Request N (31)                   |
    // |             Metadata Length (24)              |               only with M
    // |               Metadata and request data      ...            |

    /// <summary>Which of the four requests it is.</summary>
    public FrameType Type { get; private init; }

    /// <summary>The stream it opens, 0..2^31-1. 0 is never valid; the connection ignores such a request.</summary>
    public int StreamId { get; private init; }

    /// <summary>F: more fragments of this request follow, as PAYLOAD frames.</summary>
    public bool Follows { get; private init; }

    /// <summary>C, REQUEST_CHANNEL only: the requester sends nothing after this payload (with F: after its last fragment).</summary>
    public bool Complete { get; private init; }

    /// <summary>The credit the request starts with, in PAYLOAD frames, as it came: 0 or negative is for the stream to judge. 0 for types without it.</summary>
    public int InitialRequestN { get; private init; }

    /// <summary>M: metadata are present, possibly empty.</summary>
    public bool HasMetadata { get; private init; }

    /// <summary>The metadata; empty also when there are none.</summary>
    public ReadOnlySequence<byte> Metadata { get; private init; }

    /// <summary>The data.</summary>
    public ReadOnlySequence<byte> Data { get; private init; }

    /// <summary>Reads a request of any of the four types.</summary>
    /// <param name="frame">A frame of one of the four types.</param>
    /// <returns>The request; it refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">The initial request n is missing or the metadata are longer than the frame.</exception>
    public static RequestFrame Read(scoped in Frame frame)
    {
        Debug.Assert(frame.Type.IsRequest, "Only the four request types come here.");
        bool hasMetadata = frame.Has(FrameFlags.Metadata);
        bool hasInitialRequestN = frame.Type.HasInitialRequestN;
        int initialRequestN = 0;
        ReadOnlySequence<byte> metadata = default;
        ReadOnlySequence<byte> data = frame.Body;
        if (hasInitialRequestN || hasMetadata)
        {
            FieldReader body = new(frame);
            initialRequestN = hasInitialRequestN ? body.ReadInt32("initial request n") : 0;
            metadata = hasMetadata ? body.ReadMetadata() : default;
            data = body.Rest;
        }

        return new RequestFrame
        {
            Type = frame.Type,
            StreamId = frame.StreamId,
            Follows = frame.Has(FrameFlags.Follows),
            Complete = frame.Type == FrameType.RequestChannel && frame.Has(FrameFlags.Complete),
            InitialRequestN = initialRequestN,
            HasMetadata = hasMetadata,
            Metadata = metadata,
            Data = data,
        };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="type">One of the four request types.</param>
    /// <param name="hasMetadata">Whether metadata are present, possibly empty.</param>
    /// <param name="metadataLength">Their length in bytes; counts only when they are present.</param>
    /// <param name="dataLength">The length of the data in bytes.</param>
    public static int GetLength(FrameType type, bool hasMetadata, int metadataLength, int dataLength) =>
        checked(GetFixedLength(type) + PayloadBody.GetLength(hasMetadata, metadataLength, dataLength));

    /// <summary>Stages a request; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="type">One of the four request types.</param>
    /// <param name="streamId">The stream to open, 1..2^31-1.</param>
    /// <param name="flags"><see cref="FrameFlags.Follows"/> and, for REQUEST_CHANNEL, <see cref="FrameFlags.Complete"/>; all others are set here.</param>
    /// <param name="initialRequestN">The credit to start with, 1..2^31-1; ignored for types without it.</param>
    /// <param name="hasMetadata">Whether metadata are present, possibly empty.</param>
    /// <param name="metadata">The metadata; empty when there are none.</param>
    /// <param name="data">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is no request, or the initial request n is below 1 where it is needed.</exception>
    /// <exception cref="ArgumentException">The frame would exceed 16,777,215 bytes, or there are metadata without <paramref name="hasMetadata"/>.</exception>
    public static void Write(
        IBufferWriter<byte> output,
        FrameType type,
        int streamId,
        FrameFlags flags,
        int initialRequestN,
        bool hasMetadata,
        ReadOnlySpan<byte> metadata,
        ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!type.IsRequest)
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "Not one of the four request types.");
        }

        int fixedLength = GetFixedLength(type);
        Span<byte> span = PayloadBody.GetSpan(output, GetLength(type, hasMetadata, metadata.Length, data.Length), fixedLength);
        FrameFlags known = type == FrameType.RequestChannel ? FrameFlags.Follows | FrameFlags.Complete : FrameFlags.Follows;
        FrameHeader.Write(span, streamId, type, (flags & known) | (hasMetadata ? FrameFlags.Metadata : FrameFlags.None));
        if (type.HasInitialRequestN)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(initialRequestN);
            BinaryPrimitives.WriteInt32BigEndian(span[Frame.HeaderLength..], initialRequestN);
        }

        PayloadBody.Write(output, span, fixedLength, hasMetadata, metadata, data);
    }

    private static int GetFixedLength(FrameType type) => Frame.HeaderLength + (type.HasInitialRequestN ? sizeof(int) : 0);
}
