using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections;

/// <summary>Answers of REQUEST_RESPONSE that each fit into a frame, encoded as they were given and in line for the transport.</summary>
/// <remarks>
/// An answer needs no credit and no turn, so nothing but its bytes waits: neither a stream nor what the handler encoded it in.
/// Guarded by the connection's gate. Its length counts as backlog, for which the read loop pauses. The lane holds no buffer
/// while it is empty.
/// </remarks>
internal sealed class AnswerLane
{
    private const int LengthBytes = sizeof(int);

    private readonly PooledBufferWriter bytes = new();

    public bool IsEmpty => bytes.WrittenMemory.IsEmpty;

    /// <summary>Starts a frame: exactly <paramref name="length"/> bytes must be written to what is returned.</summary>
    public IBufferWriter<byte> StartFrame(int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(LengthBytes + length), length);
        bytes.Advance(LengthBytes);
        return bytes;
    }

    /// <summary>Copies every frame to the transport and empties the lane.</summary>
    /// <returns>The bytes of the frames.</returns>
    public int WriteTo(FrameTransport transport)
    {
        ReadOnlySpan<byte> rest = bytes.WrittenMemory.Span;
        int written = 0;
        while (!rest.IsEmpty)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            transport.StartFrame(length).Write(rest.Slice(LengthBytes, length));
            rest = rest[(LengthBytes + length)..];
            written += length;
        }

        bytes.Reset();
        return written;
    }
}
