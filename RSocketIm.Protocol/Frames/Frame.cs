using System.Buffers;

namespace RSocketIm.Protocol.Frames;

/// <summary>One whole frame as it lies in the transport's buffer: the header taken apart, the rest as bytes.</summary>
/// <remarks>
/// A <c>ref struct</c>, because the bytes belong to the transport and are gone when the read loop takes the next frame:
/// the compiler keeps a frame from outliving its buffer. Spec: Protocol.md, "Frame Header Format".
/// </remarks>
public readonly ref struct Frame
{
    //  0                   1                   2                   3
    // |0|                         Stream ID (31)                      |
    // | Frame Type (6)  |I|M|     Flags (8)     |  Depends on type ...|

    /// <summary>The length of the frame header in bytes: 6.</summary>
    public const int HeaderLength = 6;

    /// <summary>The largest frame in bytes on any transport, header included: 16,777,215.</summary>
    /// <remarks>Spec: Protocol.md, "Max Frame Size".</remarks>
    public const int MaxLength = 0xFF_FFFF;

    /// <summary>Creates a frame from its parts.</summary>
    /// <param name="streamId">The stream, 0..2^31-1; 0 is the connection.</param>
    /// <param name="type">The frame's type, possibly one this library does not know.</param>
    /// <param name="flags">The ten flag bits as they came.</param>
    /// <param name="body">Everything behind the header.</param>
    public Frame(int streamId, FrameType type, FrameFlags flags, ReadOnlySequence<byte> body)
    {
        StreamId = streamId;
        Type = type;
        Flags = flags;
        Body = body;
    }

    /// <summary>The stream the frame belongs to, 0..2^31-1; 0 is the connection. The reserved top bit is masked off.</summary>
    public int StreamId { get; }

    /// <summary>The frame's type, possibly one this library does not know.</summary>
    public FrameType Type { get; }

    /// <summary>The ten flag bits as they came.</summary>
    public FrameFlags Flags { get; }

    /// <summary>Everything behind the header.</summary>
    public ReadOnlySequence<byte> Body { get; }

    /// <summary>Whether every bit of <paramref name="flags"/> is set.</summary>
    /// <param name="flags">The flags to look for.</param>
    public bool Has(FrameFlags flags) => (Flags & flags) == flags;
}
