using System.Buffers;

namespace RSocketIm.Protocol.Payloads;

/// <summary>A received payload as it lies in the transport's buffer, to be read before the method it was given to returns.</summary>
/// <remarks>
/// A <c>ref struct</c>, because the buffer is reused for the next frame: decode what you need at once, or keep a
/// <see cref="ToPayload"/>. An <c>async</c> method cannot take one, which is the point.
/// </remarks>
public readonly ref struct PayloadView
{
    /// <summary>Creates a view of bytes that the caller owns.</summary>
    /// <param name="data">The data.</param>
    /// <param name="metadata">The metadata; ignored when there are none.</param>
    /// <param name="hasMetadata">Whether metadata are present, possibly empty.</param>
    public PayloadView(ReadOnlySequence<byte> data, ReadOnlySequence<byte> metadata, bool hasMetadata)
    {
        Data = data;
        Metadata = metadata;
        HasMetadata = hasMetadata;
    }

    /// <summary>Creates a view of a payload.</summary>
    /// <param name="payload">The payload.</param>
    public PayloadView(Payload payload)
        : this(new ReadOnlySequence<byte>(payload.Data), new ReadOnlySequence<byte>(payload.Metadata), payload.HasMetadata)
    {
    }

    /// <summary>The data.</summary>
    public ReadOnlySequence<byte> Data { get; }

    /// <summary>The metadata; empty also when there are none.</summary>
    public ReadOnlySequence<byte> Metadata { get; }

    /// <summary>Whether metadata are present, possibly empty.</summary>
    public bool HasMetadata { get; }

    /// <summary>Copies the bytes, so that they can be kept.</summary>
    public Payload ToPayload() => HasMetadata ? new Payload(Data.ToArray(), Metadata.ToArray()) : new Payload(Data.ToArray());
}
