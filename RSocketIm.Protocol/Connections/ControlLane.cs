using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;
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

    /// <summary>Copies every frame to its transport and empties the lane.</summary>
    /// <param name="connection">Where frames of the connection go.</param>
    /// <param name="streams">Where frames of streams go: ERRORs of requests that have none.</param>
    /// <returns>The bytes written.</returns>
    public int WriteTo(FrameTransport connection, FrameTransport streams)
    {
        if (bytes is null)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = bytes.WrittenSpan;
        int written = rest.Length;
        while (lengths.TryDequeue(out int length))
        {
            FrameTransport transport = IsOfStream(rest) ? streams : connection;
            transport.StartFrame(length).Write(rest[..length]);
            rest = rest[length..];
        }

        bytes = null;
        return written;
    }

    /// <summary>Drops what made sense on the last link only: KEEPALIVE, whose position would be out of date, and LEASE.</summary>
    /// <returns>The bytes dropped.</returns>
    public int ForgetLink()
    {
        if (bytes is null)
        {
            return 0;
        }

        ArrayBufferWriter<byte> old = bytes;
        bytes = null;
        ReadOnlySpan<byte> rest = old.WrittenSpan;
        int kept = 0;
        for (int count = lengths.Count; count > 0; count--)
        {
            int length = lengths.Dequeue();
            FrameType type = (FrameType)(rest[sizeof(int)] >> 2);
            if (type is not (FrameType.KeepAlive or FrameType.Lease))
            {
                StartFrame(length).Write(rest[..length]);
                kept += length;
            }

            rest = rest[length..];
        }

        return old.WrittenCount - kept;
    }

    private static bool IsOfStream(ReadOnlySpan<byte> frame) => (BinaryPrimitives.ReadInt32BigEndian(frame) & int.MaxValue) != 0;
}
