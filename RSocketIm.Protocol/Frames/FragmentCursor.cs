using System.Buffers;

namespace RSocketIm.Protocol.Frames;

/// <summary>Cuts one payload into frames of a given length, one at a time, as the connection has room for them.</summary>
/// <remarks>
/// <para>Mutable struct, not thread-safe: a field of the stream that sends, touched only by the connection's write loop. A copy
/// would write the same fragments again. The payload's bytes must stay unchanged until <see cref="IsDone"/>.</para>
/// <para>The rules: the first frame has the type asked for and the rest are PAYLOAD; F on all but the last; N on every PAYLOAD
/// and C only on the last; metadata completely before data, each part with M and its own length. Beyond the spec, because
/// peers need it: no fragment but the last is below 64 bytes (rsocket-java refuses those) and the last is never empty
/// (rsocket-js fails on it).</para>
/// <para>Spec: Protocol.md, "Fragmentation and Reassembly".</para>
/// </remarks>
public struct FragmentCursor
{
    /// <summary>The least value of a maximum frame length in bytes: 64.</summary>
    public const int MinFrameLength = 64;

    private readonly ReadOnlyMemory<byte> data;
    private readonly ReadOnlyMemory<byte> metadata;
    private readonly bool hasMetadata;
    private int metadataOffset;
    private int dataOffset;
    private bool started;

    /// <summary>Creates a cursor at the start of a payload.</summary>
    /// <param name="data">The data.</param>
    /// <param name="metadata">The metadata; ignored when there are none.</param>
    /// <param name="hasMetadata">Whether metadata are present, possibly empty.</param>
    public FragmentCursor(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> metadata, bool hasMetadata)
    {
        this.data = data;
        this.metadata = hasMetadata ? metadata : default;
        this.hasMetadata = hasMetadata;
    }

    /// <summary>Whether the last frame has been written. An empty payload takes one frame as well.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether a frame has been written and another must follow before anything else is sent on the stream.</summary>
    public readonly bool IsBetweenFragments => started && !IsDone;

    /// <summary>The length in bytes of the frame that <see cref="WriteNext"/> would write with the same arguments.</summary>
    /// <param name="firstType">REQUEST_* or PAYLOAD, the same for the whole payload.</param>
    /// <param name="maxFrameLength">The longest frame to write, in bytes, header included, 64..16,777,215; may differ from call to call.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxFrameLength"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException"><see cref="IsDone"/>.</exception>
    public readonly int NextLength(FrameType firstType, int maxFrameLength) => Plan(firstType, maxFrameLength).FrameLength;

    /// <summary>Stages the next frame; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="streamId">The stream, 1..2^31-1.</param>
    /// <param name="firstType">REQUEST_* or PAYLOAD, the same for the whole payload.</param>
    /// <param name="initialRequestN">The credit a REQUEST_STREAM or REQUEST_CHANNEL starts with, 1..2^31-1; ignored for other types.</param>
    /// <param name="finalFlags">
    /// Next and Complete, as the payload has them: Complete goes on the last frame, also of a REQUEST_CHANNEL; it is
    /// ignored for other requests. A PAYLOAD in one frame has Next only where it is given here; fragments always do.
    /// </param>
    /// <param name="maxFrameLength">The longest frame to write, in bytes, header included, 64..16,777,215; may differ from call to call.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    /// <exception cref="InvalidOperationException"><see cref="IsDone"/>.</exception>
    public void WriteNext(
        IBufferWriter<byte> output,
        int streamId,
        FrameType firstType,
        int initialRequestN,
        FrameFlags finalFlags,
        int maxFrameLength)
    {
        NextFrame next = Plan(firstType, maxFrameLength);
        ReadOnlySpan<byte> metadataPart = metadata.Span.Slice(metadataOffset, next.MetadataLength);
        ReadOnlySpan<byte> dataPart = data.Span.Slice(dataOffset, next.DataLength);
        bool completes = firstType is FrameType.Payload or FrameType.RequestChannel;
        FrameFlags flags = !next.IsLast ? FrameFlags.Follows : completes ? finalFlags & FrameFlags.Complete : FrameFlags.None;

        if (!started && firstType != FrameType.Payload)
        {
            RequestFrame.Write(output, firstType, streamId, flags, initialRequestN, next.HasMetadata, metadataPart, dataPart);
        }
        else
        {
            flags |= next.HasMetadata ? FrameFlags.Metadata : FrameFlags.None;
            flags |= started || !next.IsLast ? FrameFlags.Next : finalFlags & FrameFlags.Next;
            PayloadFrame.Write(output, streamId, flags, metadataPart, dataPart);
        }

        // Only now: a writer that throws leaves the cursor where it was.
        metadataOffset += next.MetadataLength;
        dataOffset += next.DataLength;
        started = true;
        IsDone = next.IsLast;
    }

    private readonly NextFrame Plan(FrameType firstType, int maxFrameLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFrameLength, MinFrameLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxFrameLength, Frame.MaxLength);
        if (IsDone)
        {
            throw new InvalidOperationException("The last frame of this payload has been written.");
        }

        FrameType type = started ? FrameType.Payload : firstType;
        int metadataLeft = metadata.Length - metadataOffset;
        int dataLeft = data.Length - dataOffset;

        // Empty metadata travel with the first frame; later ones have M only while metadata are left.
        bool withMetadata = started ? metadataLeft > 0 : hasMetadata;
        int overhead = type == FrameType.Payload ? PayloadFrame.GetLength(withMetadata, 0, 0) : RequestFrame.GetLength(type, withMetadata, 0, 0);
        int room = maxFrameLength - overhead;
        if ((long)metadataLeft + dataLeft <= room)
        {
            return new NextFrame(overhead + metadataLeft + dataLeft, withMetadata, metadataLeft, dataLeft, IsLast: true);
        }

        // More is left than fits, so this frame is full (64 bytes or more) and the next is not empty.
        int metadataPart = Math.Min(metadataLeft, room);
        return new NextFrame(maxFrameLength, withMetadata, metadataPart, room - metadataPart, IsLast: false);
    }

    private readonly record struct NextFrame(int FrameLength, bool HasMetadata, int MetadataLength, int DataLength, bool IsLast);
}
