using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>LEASE (0x02): the responder allows a number of requests for a time; the last LEASE replaces all before it.</summary>
/// <remarks>Always on stream 0. Spec: Protocol.md, "LEASE Frame (0x02)" and "Lease Semantics".</remarks>
public readonly ref struct LeaseFrame
{
    // flags: M
    // |0|                       Time-To-Live (31)                     |
    // |0|                     Number of Requests (31)                 |
    // |               Metadata                       ...            |    without a length of their own: the rest of the frame

    private const int FixedLength = Frame.HeaderLength + (2 * sizeof(int));

    /// <summary>How long the lease is valid, in milliseconds from its arrival, 0..2^31-1. 0 stops requests.</summary>
    public int TimeToLiveMilliseconds { get; private init; }

    /// <summary>How many requests it allows, 0..2^31-1. 0 stops requests.</summary>
    public int NumberOfRequests { get; private init; }

    /// <summary>M: metadata are present, possibly empty.</summary>
    public bool HasMetadata { get; private init; }

    /// <summary>The metadata; empty also when there are none.</summary>
    public ReadOnlySequence<byte> Metadata { get; private init; }

    /// <summary>Reads a LEASE.</summary>
    /// <param name="frame">A frame of type LEASE.</param>
    /// <returns>The lease; it refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">The body is shorter than 8 bytes.</exception>
    public static LeaseFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame);
        bool hasMetadata = frame.Has(FrameFlags.Metadata);
        return new LeaseFrame
        {
            TimeToLiveMilliseconds = body.ReadInt32("time to live") & int.MaxValue,
            NumberOfRequests = body.ReadInt32("number of requests") & int.MaxValue,
            HasMetadata = hasMetadata,
            Metadata = hasMetadata ? body.Rest : default,
        };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="metadataLength">The length of the metadata in bytes; 0 when there are none.</param>
    public static int GetLength(int metadataLength) => checked(FixedLength + metadataLength);

    /// <summary>Stages a LEASE; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="timeToLiveMilliseconds">How long it is valid, in milliseconds, 0..2^31-1.</param>
    /// <param name="numberOfRequests">How many requests it allows, 0..2^31-1.</param>
    /// <param name="hasMetadata">Whether metadata are present, possibly empty.</param>
    /// <param name="metadata">The metadata; empty when there are none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    /// <exception cref="ArgumentException">The frame would exceed 16,777,215 bytes, or there are metadata without <paramref name="hasMetadata"/>.</exception>
    public static void Write(IBufferWriter<byte> output, int timeToLiveMilliseconds, int numberOfRequests, bool hasMetadata, ReadOnlySpan<byte> metadata)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(timeToLiveMilliseconds);
        ArgumentOutOfRangeException.ThrowIfNegative(numberOfRequests);
        if (!hasMetadata && !metadata.IsEmpty)
        {
            throw new ArgumentException($"{metadata.Length} bytes of metadata were given for a frame without the M flag.", nameof(metadata));
        }

        Span<byte> span = PayloadBody.GetSpan(output, GetLength(metadata.Length), FixedLength);
        FrameHeader.Write(span, 0, FrameType.Lease, hasMetadata ? FrameFlags.Metadata : FrameFlags.None);
        BinaryPrimitives.WriteInt32BigEndian(span[Frame.HeaderLength..], timeToLiveMilliseconds);
        BinaryPrimitives.WriteInt32BigEndian(span[(Frame.HeaderLength + sizeof(int))..], numberOfRequests);
        output.Advance(FixedLength);
        output.Write(metadata);
    }
}
