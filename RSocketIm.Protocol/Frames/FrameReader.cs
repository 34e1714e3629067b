using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace RSocketIm.Protocol.Frames;

/// <summary>Takes frames out of a transport's bytes; copies nothing.</summary>
/// <remarks>Spec: Protocol.md, "Framing Format", "Frame Header Format" and "Max Frame Size".</remarks>
public static class FrameReader
{
    /// <summary>Takes one whole frame apart.</summary>
    /// <param name="frame">The frame without a length prefix. The result refers to these bytes.</param>
    /// <returns>The header's fields and the bytes behind it. The type may be one this library does not know.</returns>
    /// <exception cref="ProtocolViolationException">The frame is not 6..16,777,215 bytes long.</exception>
    public static Frame Read(scoped in ReadOnlySequence<byte> frame)
    {
        long length = frame.Length;
        if (length is < Frame.HeaderLength or > Frame.MaxLength)
        {
            ThrowLength(length, Frame.MaxLength);
        }

        ReadOnlySpan<byte> first = frame.FirstSpan;
        if (first.Length >= Frame.HeaderLength)
        {
            return Read(first, frame.Slice(Frame.HeaderLength));
        }

        Span<byte> header = stackalloc byte[Frame.HeaderLength];
        frame.Slice(0, Frame.HeaderLength).CopyTo(header);
        return Read(header, frame.Slice(Frame.HeaderLength));
    }

    /// <summary>Takes the next frame from a byte stream in which each frame follows its 24-bit length.</summary>
    /// <param name="buffer">The bytes that have arrived; moved past the frame when it is whole, and otherwise left alone.</param>
    /// <param name="maxFrameLength">The longest frame to accept, in bytes, 6..16,777,215.</param>
    /// <param name="frame">The frame without its prefix, for <see cref="Read(in ReadOnlySequence{byte})"/>.</param>
    /// <returns>Whether a whole frame was there. Too few bytes is not an error.</returns>
    /// <exception cref="ProtocolViolationException">
    /// The announced length is outside 6..<paramref name="maxFrameLength"/>. It is thrown as soon as the prefix is there, so
    /// that nobody buffers for a frame that will be refused.
    /// </exception>
    public static bool TryReadLengthPrefixed(ref ReadOnlySequence<byte> buffer, int maxFrameLength, out ReadOnlySequence<byte> frame)
    {
        long available = buffer.Length - FrameHeader.LengthPrefixLength;
        if (available < 0)
        {
            frame = default;
            return false;
        }

        int length = ReadPrefix(buffer);
        if (length < Frame.HeaderLength || length > maxFrameLength)
        {
            ThrowLength(length, maxFrameLength);
        }

        if (available < length)
        {
            frame = default;
            return false;
        }

        frame = buffer.Slice(FrameHeader.LengthPrefixLength, length);
        buffer = buffer.Slice(frame.End);
        return true;
    }

    private static Frame Read(scoped ReadOnlySpan<byte> header, ReadOnlySequence<byte> body)
    {
        int streamId = BinaryPrimitives.ReadInt32BigEndian(header) & int.MaxValue;
        int typeAndFlags = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        return new Frame(streamId, (FrameType)(typeAndFlags >> 10), (FrameFlags)(typeAndFlags & 0x3FF), body);
    }

    private static int ReadPrefix(in ReadOnlySequence<byte> buffer)
    {
        ReadOnlySpan<byte> first = buffer.FirstSpan;
        if (first.Length >= FrameHeader.LengthPrefixLength)
        {
            return BinaryPrimitives.ReadUInt24BigEndian(first);
        }

        Span<byte> prefix = stackalloc byte[FrameHeader.LengthPrefixLength];
        buffer.Slice(0, FrameHeader.LengthPrefixLength).CopyTo(prefix);
        return BinaryPrimitives.ReadUInt24BigEndian(prefix);
    }

    [DoesNotReturn]
    private static void ThrowLength(long length, int maxFrameLength) =>
        throw new ProtocolViolationException($"Frame length {length} is outside {Frame.HeaderLength}..{maxFrameLength} bytes.") { IsFrameTooLong = length > maxFrameLength };
}
