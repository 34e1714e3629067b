using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>EXT (0x3F): a frame of an extension, which has a type of its own.</summary>
/// <remarks>Spec: Protocol.md, "EXT (Extension) Frame (0x3F)".</remarks>
public readonly ref struct ExtensionFrame
{
    // flags: I, M
    // |0|                      Extended Type (31)                     |
    // |               Depends on the extended type   ...            |

    private const int FixedLength = Frame.HeaderLength + sizeof(int);

    /// <summary>The stream, or 0 for the connection.</summary>
    public int StreamId { get; private init; }

    /// <summary>The flags as they came; only I and M have a meaning that does not depend on the extension.</summary>
    public FrameFlags Flags { get; private init; }

    /// <summary>I: a receiver that does not know the extended type ignores the frame; otherwise it closes the connection.</summary>
    public bool CanIgnore => (Flags & FrameFlags.Ignore) != 0;

    /// <summary>The extension, 0..2^31-1. 0 is never valid; treat it as unknown.</summary>
    public int ExtendedType { get; private init; }

    /// <summary>Everything behind the extended type, metadata not taken apart.</summary>
    public ReadOnlySequence<byte> Rest { get; private init; }

    /// <summary>Reads an EXT.</summary>
    /// <param name="frame">A frame of type EXT.</param>
    /// <returns>The extension frame; it refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">The body is shorter than 4 bytes.</exception>
    public static ExtensionFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame);
        return new ExtensionFrame
        {
            StreamId = frame.StreamId,
            Flags = frame.Flags,
            ExtendedType = body.ReadInt32("extended type") & int.MaxValue,
            Rest = body.Rest,
        };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="restLength">The length in bytes of what follows the extended type.</param>
    public static int GetLength(int restLength) => checked(FixedLength + restLength);

    /// <summary>Stages an EXT; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="streamId">The stream, or 0 for the connection.</param>
    /// <param name="flags">The ten flag bits; all but I and M belong to the extension.</param>
    /// <param name="extendedType">The extension, 1..2^31-1.</param>
    /// <param name="rest">What follows the extended type.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="extendedType"/> is below 1.</exception>
    /// <exception cref="ArgumentException">The frame would exceed 16,777,215 bytes.</exception>
    public static void Write(IBufferWriter<byte> output, int streamId, FrameFlags flags, int extendedType, ReadOnlySpan<byte> rest)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(extendedType);
        Span<byte> span = PayloadBody.GetSpan(output, GetLength(rest.Length), FixedLength);
        FrameHeader.Write(span, streamId, FrameType.Extension, flags);
        BinaryPrimitives.WriteInt32BigEndian(span[Frame.HeaderLength..], extendedType);
        output.Advance(FixedLength);
        output.Write(rest);
    }
}
