using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>REQUEST_N (0x08): the receiver of a stream lets its sender send <paramref name="N"/> more PAYLOAD frames.</summary>
/// <param name="StreamId">The stream the credit is for, 0..2^31-1. 0 is never valid; the connection ignores such a frame.</param>
/// <param name="N">Credit to add, as it came. Valid is 1..2^31-1; grants add up and are never taken back.</param>
/// <remarks>Spec: Protocol.md, "REQUEST_N Frame (0x08)" and "Reactive Streams Semantics".</remarks>
public readonly record struct RequestNFrame(int StreamId, int N)
{
    // |0|                       Request N (31)                        |
    private const int Length = Frame.HeaderLength + sizeof(int);

    /// <summary>Whether <see cref="N"/> is above 0. It is not an exception, because it ends one stream only: ERROR[INVALID].</summary>
    public bool IsValid => N > 0;

    /// <summary>Reads a REQUEST_N.</summary>
    /// <param name="frame">A frame of type REQUEST_N.</param>
    /// <exception cref="ProtocolViolationException">The body is shorter than 4 bytes.</exception>
    public static RequestNFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame);
        return new RequestNFrame(frame.StreamId, body.ReadInt32("request n"));
    }

    /// <summary>The length of the whole frame in bytes, header included: 10.</summary>
    public static int GetLength() => Length;

    /// <summary>Stages a REQUEST_N; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="streamId">The stream, 1..2^31-1.</param>
    /// <param name="n">Credit to add, 1..2^31-1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is below 1.</exception>
    public static void Write(IBufferWriter<byte> output, int streamId, int n)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        Span<byte> span = output.GetSpan(Length);
        FrameHeader.Write(span, streamId, FrameType.RequestN, FrameFlags.None);
        BinaryPrimitives.WriteInt32BigEndian(span[Frame.HeaderLength..], n);
        output.Advance(Length);
    }
}
