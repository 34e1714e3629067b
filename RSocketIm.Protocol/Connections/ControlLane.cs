using System.Buffers;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections;

/// <summary>Frames of the connection itself, encoded and in line before all streams: KEEPALIVE, LEASE, METADATA_PUSH, SETUP, errors of requests that have no stream.</summary>
/// <remarks>
/// Guarded by the connection's gate. Its length counts as backlog, for which the read loop pauses: most of these frames
/// are answers to frames that were read. The lane holds no buffer while it is empty.
/// </remarks>
internal sealed class ControlLane
{
    private readonly Queue<int> lengths = new();
    private ArrayBufferWriter<byte>? bytes;

    public bool IsEmpty => lengths.Count == 0;

    /// <summary>Starts a frame: exactly <paramref name="length"/> bytes must be written to what is returned.</summary>
    public ArrayBufferWriter<byte> StartFrame(int length)
    {
        bytes ??= new ArrayBufferWriter<byte>(Math.Max(length, 256));
        lengths.Enqueue(length);
        return bytes;
    }

    /// <summary>Copies every frame to the transport and empties the lane.</summary>
    /// <returns>The bytes written.</returns>
    public int WriteTo(FrameTransport transport)
    {
        if (bytes is null)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = bytes.WrittenSpan;
        int written = rest.Length;
        while (lengths.TryDequeue(out int length))
        {
            transport.StartFrame(length).Write(rest[..length]);
            rest = rest[length..];
        }

        bytes = null;
        return written;
    }
}
