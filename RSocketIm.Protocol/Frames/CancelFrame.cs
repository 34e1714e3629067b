using System.Buffers;

namespace RSocketIm.Protocol.Frames;

/// <summary>CANCEL (0x09): the receiver of a stream wants no more of it. A header and nothing else.</summary>
/// <param name="StreamId">The stream, 0..2^31-1. 0 is never valid; the connection ignores such a frame.</param>
/// <remarks>Spec: Protocol.md, "CANCEL Frame (0x09)".</remarks>
public readonly record struct CancelFrame(int StreamId)
{
    /// <summary>Reads a CANCEL. Bytes behind the header are not looked at.</summary>
    /// <param name="frame">A frame of type CANCEL.</param>
    public static CancelFrame Read(scoped in Frame frame) => new(frame.StreamId);

    /// <summary>The length of the whole frame in bytes, header included: 6.</summary>
    public static int GetLength() => Frame.HeaderLength;

    /// <summary>Stages a CANCEL; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="streamId">The stream, 1..2^31-1.</param>
    public static void Write(IBufferWriter<byte> output, int streamId)
    {
        ArgumentNullException.ThrowIfNull(output);
        FrameHeader.Write(output.GetSpan(Frame.HeaderLength), streamId, FrameType.Cancel, FrameFlags.None);
        output.Advance(Frame.HeaderLength);
    }
}
