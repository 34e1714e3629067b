using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>KEEPALIVE (0x03): a sign of life, and how far its sender has received.</summary>
/// <remarks>Always on stream 0. Spec: Protocol.md, "KEEPALIVE Frame (0x03)" and "Keepalive Position Field".</remarks>
public readonly ref struct KeepAliveFrame
{
    // flags: R
    // |0|               Last Received Position (63)                   |
    // |                                                               |
    // |               Data                           ...            |

    private const int FixedLength = Frame.HeaderLength + sizeof(long);

    /// <summary>R: answer with the same data and without R.</summary>
    public bool Respond { get; private init; }

    /// <summary>Bytes of resumable frames the sender has received, 0..2^63-1; 0 where resuming is not supported.</summary>
    public long LastReceivedPosition { get; private init; }

    /// <summary>Data to echo, byte for byte.</summary>
    public ReadOnlySequence<byte> Data { get; private init; }

    /// <summary>Reads a KEEPALIVE.</summary>
    /// <param name="frame">A frame of type KEEPALIVE.</param>
    /// <returns>The sign of life; it refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">The body is shorter than 8 bytes.</exception>
    public static KeepAliveFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame);
        return new KeepAliveFrame
        {
            Respond = frame.Has(FrameFlags.Respond),
            LastReceivedPosition = body.ReadPosition("last received position"),
            Data = body.Rest,
        };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="dataLength">The length of the data in bytes.</param>
    public static int GetLength(int dataLength) => checked(FixedLength + dataLength);

    /// <summary>Stages a KEEPALIVE; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="respond">Whether the peer shall answer.</param>
    /// <param name="lastReceivedPosition">Bytes of resumable frames received, 0..2^63-1; 0 where resuming is not supported.</param>
    /// <param name="data">Data to echo.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lastReceivedPosition"/> is negative.</exception>
    /// <exception cref="ArgumentException">The frame would exceed 16,777,215 bytes.</exception>
    public static void Write(IBufferWriter<byte> output, bool respond, long lastReceivedPosition, ReadOnlySpan<byte> data)
    {
        WriteFixed(output, respond, lastReceivedPosition, GetLength(data.Length));
        output.Write(data);
    }

    /// <summary>Stages a KEEPALIVE whose data lie in several pieces, as those of one just received may; does not flush.</summary>
    /// <inheritdoc cref="Write(IBufferWriter{byte}, bool, long, ReadOnlySpan{byte})"/>
    public static void Write(IBufferWriter<byte> output, bool respond, long lastReceivedPosition, in ReadOnlySequence<byte> data)
    {
        WriteFixed(output, respond, lastReceivedPosition, GetLength(checked((int)data.Length)));
        output.Write(data);
    }

    private static void WriteFixed(IBufferWriter<byte> output, bool respond, long lastReceivedPosition, int length)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(lastReceivedPosition);
        Span<byte> span = PayloadBody.GetSpan(output, length, FixedLength);
        FrameHeader.Write(span, 0, FrameType.KeepAlive, respond ? FrameFlags.Respond : FrameFlags.None);
        BinaryPrimitives.WriteInt64BigEndian(span[Frame.HeaderLength..], lastReceivedPosition);
        output.Advance(FixedLength);
    }
}
