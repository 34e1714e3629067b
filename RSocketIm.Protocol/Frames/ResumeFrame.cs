using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>RESUME (0x0D): the first frame of a connection that continues an earlier one.</summary>
/// <remarks>Always on stream 0. Spec: Protocol.md, "RESUME Frame (0x0D)" and "Implied Position".</remarks>
public readonly ref struct ResumeFrame
{
    // |        Major Version (16)     |         Minor Version (16)    |
    // |         Token Length (16)     | Resume Identification Token  ...
    // |0|             Last Received Server Position (63)              |
    // |                                                               |
    // |0|             First Available Client Position (63)            |
    // |                                                               |

    private const int VersionsAndTokenLength = 3 * sizeof(ushort);
    private const int PositionsLength = 2 * sizeof(long);

    /// <summary>Major version as it came. rsocket-js swaps major and minor here and sends 0.1 for 1.0.</summary>
    public ushort MajorVersion { get; private init; }

    /// <summary>Minor version as it came.</summary>
    public ushort MinorVersion { get; private init; }

    /// <summary>The token of the SETUP, 0..65,535 opaque bytes.</summary>
    public ReadOnlySequence<byte> Token { get; private init; }

    /// <summary>Bytes of resumable frames the client has received, 0..2^63-1.</summary>
    public long LastReceivedServerPosition { get; private init; }

    /// <summary>The earliest position from which the client can send again, 0..2^63-1.</summary>
    public long FirstAvailableClientPosition { get; private init; }

    /// <summary>Reads a RESUME.</summary>
    /// <param name="frame">A frame of type RESUME.</param>
    /// <returns>The request to resume; it refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">The frame ends before its last field does.</exception>
    public static ResumeFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame);
        return new ResumeFrame
        {
            MajorVersion = body.ReadUInt16("major version"),
            MinorVersion = body.ReadUInt16("minor version"),
            Token = body.ReadBytes("resume token", body.ReadUInt16("resume token length")),
            LastReceivedServerPosition = body.ReadPosition("last received server position"),
            FirstAvailableClientPosition = body.ReadPosition("first available client position"),
        };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="tokenLength">The length of the token in bytes, 0..65,535.</param>
    public static int GetLength(int tokenLength) => Frame.HeaderLength + VersionsAndTokenLength + tokenLength + PositionsLength;

    /// <summary>Stages a RESUME; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="majorVersion">Major version of the SETUP.</param>
    /// <param name="minorVersion">Minor version of the SETUP.</param>
    /// <param name="token">The token of the SETUP, 0..65,535 bytes.</param>
    /// <param name="lastReceivedServerPosition">Bytes of resumable frames received, 0..2^63-1.</param>
    /// <param name="firstAvailableClientPosition">The earliest position that can be sent again, 0..2^63-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The token is longer than 65,535 bytes or a position is negative.</exception>
    public static void Write(
        IBufferWriter<byte> output,
        ushort majorVersion,
        ushort minorVersion,
        ReadOnlySpan<byte> token,
        long lastReceivedServerPosition,
        long firstAvailableClientPosition)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(token.Length, ushort.MaxValue, nameof(token));
        ArgumentOutOfRangeException.ThrowIfNegative(lastReceivedServerPosition);
        ArgumentOutOfRangeException.ThrowIfNegative(firstAvailableClientPosition);

        Span<byte> span = output.GetSpan(Frame.HeaderLength + VersionsAndTokenLength);
        FrameHeader.Write(span, 0, FrameType.Resume, FrameFlags.None);
        BinaryPrimitives.WriteUInt16BigEndian(span[6..], majorVersion);
        BinaryPrimitives.WriteUInt16BigEndian(span[8..], minorVersion);
        BinaryPrimitives.WriteUInt16BigEndian(span[10..], (ushort)token.Length);
        output.Advance(Frame.HeaderLength + VersionsAndTokenLength);

        output.Write(token);

        span = output.GetSpan(PositionsLength);
        BinaryPrimitives.WriteInt64BigEndian(span, lastReceivedServerPosition);
        BinaryPrimitives.WriteInt64BigEndian(span[sizeof(long)..], firstAvailableClientPosition);
        output.Advance(PositionsLength);
    }
}
