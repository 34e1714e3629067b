using System.Buffers.Binary;
using System.Diagnostics;

namespace RSocketIm.Protocol.Frames;

/// <summary>Writes what stands in front of every frame: the 6-byte header, and the length prefix of transports that need one.</summary>
/// <remarks>Spec: Protocol.md, "Frame Header Format" and "Framing Protocol Usage".</remarks>
public static class FrameHeader
{
    /// <summary>The length in bytes of the prefix that TCP puts before a frame: 3. The prefix does not count itself.</summary>
    public const int LengthPrefixLength = 3;

    /// <summary>Writes a frame header.</summary>
    /// <param name="destination">At least <see cref="Frame.HeaderLength"/> bytes.</param>
    /// <param name="streamId">The stream, 0..2^31-1; 0 is the connection.</param>
    /// <param name="type">The frame's type.</param>
    /// <param name="flags">The ten flag bits.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter than 6 bytes.</exception>
    public static void Write(Span<byte> destination, int streamId, FrameType type, FrameFlags flags)
    {
        // |0|                         Stream ID (31)                      |
        // | Frame Type (6)  |I|M|     Flags (8)     |
        Debug.Assert(streamId >= 0, "A stream id has 31 bits.");
        Debug.Assert((int)type < 64 && (int)flags < 1024, "A type has 6 bits and the flags 10.");
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)(((int)type << 10) | (int)flags));
        BinaryPrimitives.WriteInt32BigEndian(destination, streamId);
    }

    /// <summary>Writes the 24-bit length that precedes a frame on a transport without message boundaries.</summary>
    /// <param name="destination">At least <see cref="LengthPrefixLength"/> bytes.</param>
    /// <param name="frameLength">The frame's length in bytes, header included, 6..16,777,215.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="frameLength"/> is out of range.</exception>
    public static void WriteLengthPrefix(Span<byte> destination, int frameLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frameLength, Frame.HeaderLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frameLength, Frame.MaxLength);
        BinaryPrimitives.WriteUInt24BigEndian(destination, frameLength);
    }
}
