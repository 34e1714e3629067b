using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;

namespace RSocketIm.LoadTest.Engine;

/// <summary>A request as it goes over the wire, made once; only its stream id, and what the load writes into <see cref="Bytes"/>, change.</summary>
internal sealed class PreparedRequest
{
    private readonly int frameOffset;

    private PreparedRequest(byte[] bytes, int frameOffset)
    {
        Bytes = bytes;
        this.frameOffset = frameOffset;
    }

    /// <summary>The whole message, transport's prefix included.</summary>
    public byte[] Bytes { get; }

    /// <summary>Makes one with a route.</summary>
    /// <param name="framing">Of the connections that it is for.</param>
    /// <param name="type">A request type.</param>
    /// <param name="route">The route.</param>
    /// <param name="data">Its data.</param>
    /// <param name="initialRequestN">The first credit, of a stream or channel.</param>
    public static PreparedRequest Create(Framing framing, FrameType type, string route, ReadOnlySpan<byte> data, int initialRequestN = 1)
    {
        ArrayBufferWriter<byte> output = new();
        RequestFrame.Write(output, type, 1, FrameFlags.None, initialRequestN, hasMetadata: true, RequestMetadata.ForRoute(route), data);
        byte[] bytes = framing.Wrap(output.WrittenSpan);
        return new PreparedRequest(bytes, bytes.Length - output.WrittenCount);
    }

    /// <summary>The place in <see cref="Bytes"/> of something that is there once.</summary>
    /// <exception cref="ArgumentException">It is not there.</exception>
    public int Find(ReadOnlySpan<byte> marker)
    {
        int at = Bytes.AsSpan().IndexOf(marker);
        return at >= 0 ? at : throw new ArgumentException("The request does not hold that.", nameof(marker));
    }

    internal void SetStream(int id) => BinaryPrimitives.WriteInt32BigEndian(Bytes.AsSpan(frameOffset), id);
}
