using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>RESUME_OK (0x0E): the server continues the earlier connection.</summary>
/// <param name="LastReceivedClientPosition">Bytes of resumable frames the server has received, 0..2^63-1; the client sends again from there.</param>
/// <remarks>Always on stream 0. Spec: Protocol.md, "RESUME_OK Frame (0x0E)".</remarks>
public readonly record struct ResumeOkFrame(long LastReceivedClientPosition)
{
    // |0|             Last Received Client Position (63)              |
    // |                                                               |
    private const int Length = Frame.HeaderLength + sizeof(long);

    /// <summary>Reads a RESUME_OK.</summary>
    /// <param name="frame">A frame of type RESUME_OK.</param>
    /// <exception cref="ProtocolViolationException">The body is shorter than 8 bytes.</exception>
    public static ResumeOkFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame);
        return new ResumeOkFrame(body.ReadPosition("last received client position"));
    }

    /// <summary>The length of the whole frame in bytes, header included: 14.</summary>
    public static int GetLength() => Length;

    /// <summary>Stages a RESUME_OK; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="lastReceivedClientPosition">Bytes of resumable frames received, 0..2^63-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative.</exception>
    public static void Write(IBufferWriter<byte> output, long lastReceivedClientPosition)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(lastReceivedClientPosition);
        Span<byte> span = output.GetSpan(Length);
        FrameHeader.Write(span, 0, FrameType.ResumeOk, FrameFlags.None);
        BinaryPrimitives.WriteInt64BigEndian(span[Frame.HeaderLength..], lastReceivedClientPosition);
        output.Advance(Length);
    }
}
