using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RSocketIm.Protocol.Frames;

/// <summary>SETUP (0x01): the first frame of a connection, in which the client says how it wants to speak.</summary>
/// <remarks>Always on stream 0. Spec: Protocol.md, "SETUP Frame (0x01)".</remarks>
public readonly ref struct SetupFrame
{
    // flags: M, R, L
    // |         Major Version (16)    |        Minor Version (16)     |
    // |0|                 Time Between KEEPALIVE Frames (31)          |
    // |0|                       Max Lifetime (31)                     |
    // |         Token Length (16)     | Resume Identification Token  ...   only with R
    // |  MIME Length  |   Metadata Encoding MIME Type                ...
    // |  MIME Length  |     Data Encoding MIME Type                  ...
    // |             Metadata Length (24)              |                    only with M
    // |               Metadata and setup data        ...            |

    private const int FixedLength = Frame.HeaderLength + (2 * sizeof(ushort)) + (2 * sizeof(int));

    /// <summary>Major version; 1 for this protocol.</summary>
    public ushort MajorVersion { get; init; }

    /// <summary>Minor version; 0 for this protocol.</summary>
    public ushort MinorVersion { get; init; }

    /// <summary>Time between the client's KEEPALIVEs in milliseconds, as it came: valid is 1..2^31-1, which the connection judges.</summary>
    public int KeepAliveMilliseconds { get; init; }

    /// <summary>Silence after which the client gives the server up, in milliseconds, as it came: valid is 1..2^31-1, which the connection judges.</summary>
    public int MaxLifetimeMilliseconds { get; init; }

    /// <summary>R: the client wants to be able to resume, and a token is present.</summary>
    public bool HasResumeToken { get; init; }

    /// <summary>The token, 0..65,535 opaque bytes; empty also without R.</summary>
    public ReadOnlySequence<byte> ResumeToken { get; init; }

    /// <summary>MIME type of metadata, 1..255 ASCII characters without NUL; not interpreted here.</summary>
    public required string MetadataMimeType { get; init; }

    /// <summary>MIME type of data, 1..255 ASCII characters without NUL; not interpreted here.</summary>
    public required string DataMimeType { get; init; }

    /// <summary>L: the client honours LEASE.</summary>
    public bool Lease { get; init; }

    /// <summary>M: metadata are present, possibly empty.</summary>
    public bool HasMetadata { get; init; }

    /// <summary>The metadata; empty also when there are none.</summary>
    public ReadOnlySequence<byte> Metadata { get; init; }

    /// <summary>The data.</summary>
    public ReadOnlySequence<byte> Data { get; init; }

    /// <summary>Reads a SETUP.</summary>
    /// <param name="frame">A frame of type SETUP.</param>
    /// <returns>The setup; all but the MIME types refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">
    /// With code <see cref="ErrorCode.InvalidSetup"/>: the frame ends before its last field does, or a MIME type is empty or not ASCII.
    /// </exception>
    public static SetupFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame, ErrorCode.InvalidSetup);
        bool hasResumeToken = frame.Has(FrameFlags.ResumeEnable);
        bool hasMetadata = frame.Has(FrameFlags.Metadata);

        // An object initializer runs in the order written, which is the order on the wire.
        return new SetupFrame
        {
            Lease = frame.Has(FrameFlags.Lease),
            HasResumeToken = hasResumeToken,
            HasMetadata = hasMetadata,
            MajorVersion = body.ReadUInt16("major version"),
            MinorVersion = body.ReadUInt16("minor version"),
            KeepAliveMilliseconds = body.ReadInt32("keepalive interval"),
            MaxLifetimeMilliseconds = body.ReadInt32("max lifetime"),
            ResumeToken = hasResumeToken ? body.ReadBytes("resume token", body.ReadUInt16("resume token length")) : default,
            MetadataMimeType = ReadMimeType(ref body, "metadata MIME type"),
            DataMimeType = ReadMimeType(ref body, "data MIME type"),
            Metadata = hasMetadata ? body.ReadMetadata() : default,
            Data = body.Rest,
        };
    }

    /// <summary>The length of the whole frame in bytes, header included.</summary>
    /// <param name="setup">What to write.</param>
    public static int GetLength(in SetupFrame setup)
    {
        int token = setup.HasResumeToken ? sizeof(ushort) + (int)setup.ResumeToken.Length : 0;
        int mimeTypes = 1 + setup.MetadataMimeType.Length + 1 + setup.DataMimeType.Length;
        return checked(FixedLength + token + mimeTypes + PayloadBody.GetLength(setup.HasMetadata, (int)setup.Metadata.Length, (int)setup.Data.Length));
    }

    /// <summary>Stages a SETUP; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="setup">What to write.</param>
    /// <exception cref="ArgumentException">
    /// A MIME type is not 1..255 ASCII characters, the token is longer than 65,535 bytes, a token or metadata are given without
    /// their flag, or the frame would exceed 16,777,215 bytes.
    /// </exception>
    public static void Write(IBufferWriter<byte> output, in SetupFrame setup)
    {
        ArgumentNullException.ThrowIfNull(output);
        ThrowIfInconsistent(setup);
        FrameFlags flags = (setup.HasMetadata ? FrameFlags.Metadata : FrameFlags.None)
            | (setup.HasResumeToken ? FrameFlags.ResumeEnable : FrameFlags.None)
            | (setup.Lease ? FrameFlags.Lease : FrameFlags.None);

        Span<byte> span = output.GetSpan(FixedLength);
        FrameHeader.Write(span, 0, FrameType.Setup, flags);
        BinaryPrimitives.WriteUInt16BigEndian(span[6..], setup.MajorVersion);
        BinaryPrimitives.WriteUInt16BigEndian(span[8..], setup.MinorVersion);
        BinaryPrimitives.WriteInt32BigEndian(span[10..], setup.KeepAliveMilliseconds);
        BinaryPrimitives.WriteInt32BigEndian(span[14..], setup.MaxLifetimeMilliseconds);
        output.Advance(FixedLength);

        if (setup.HasResumeToken)
        {
            BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(sizeof(ushort)), (ushort)setup.ResumeToken.Length);
            output.Advance(sizeof(ushort));
            output.Write(setup.ResumeToken);
        }

        WriteMimeType(output, setup.MetadataMimeType);
        WriteMimeType(output, setup.DataMimeType);

        if (setup.HasMetadata)
        {
            BinaryPrimitives.WriteUInt24BigEndian(output.GetSpan(3), (int)setup.Metadata.Length);
            output.Advance(3);
            output.Write(setup.Metadata);
        }

        output.Write(setup.Data);
    }

    private static string ReadMimeType(ref FieldReader body, string field)
    {
        int length = body.ReadByte(field);
        if (length == 0)
        {
            body.Throw($"{field} has 0 characters; 1..255 are allowed.");
        }

        Span<byte> bytes = stackalloc byte[byte.MaxValue];
        bytes = bytes[..length];
        body.ReadBytes(field, length).CopyTo(bytes);
        if (!Ascii.IsValid(bytes) || bytes.Contains((byte)0))
        {
            body.Throw($"{field} has a byte that is NUL or not ASCII.");
        }

        return Encoding.ASCII.GetString(bytes);
    }

    private static void WriteMimeType(IBufferWriter<byte> output, string mimeType)
    {
        Span<byte> span = output.GetSpan(1 + mimeType.Length);
        span[0] = (byte)mimeType.Length;
        output.Advance(1 + Encoding.ASCII.GetBytes(mimeType, span[1..]));
    }

    private static void ThrowIfInconsistent(in SetupFrame setup)
    {
        ThrowIfNotMimeType(setup.MetadataMimeType, nameof(MetadataMimeType));
        ThrowIfNotMimeType(setup.DataMimeType, nameof(DataMimeType));
        if (setup.ResumeToken.Length > ushort.MaxValue || (!setup.HasResumeToken && !setup.ResumeToken.IsEmpty))
        {
            throw new ArgumentException($"A resume token of {setup.ResumeToken.Length} bytes; 0..65535 are allowed with the R flag and 0 without.", nameof(setup));
        }

        if (!setup.HasMetadata && !setup.Metadata.IsEmpty)
        {
            throw new ArgumentException($"{setup.Metadata.Length} bytes of metadata were given for a frame without the M flag.", nameof(setup));
        }

        if (GetLength(setup) > Frame.MaxLength)
        {
            throw new ArgumentException($"Frame length {GetLength(setup)} is outside {Frame.HeaderLength}..{Frame.MaxLength} bytes.", nameof(setup));
        }
    }

    private static void ThrowIfNotMimeType(string? mimeType, string name)
    {
        if (mimeType is not { Length: >= 1 and <= byte.MaxValue } || !Ascii.IsValid(mimeType) || mimeType.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A MIME type has 1..255 ASCII characters and no NUL.", name);
        }
    }
}
