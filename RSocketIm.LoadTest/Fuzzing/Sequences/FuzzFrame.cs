using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>A frame taken apart without the library's reader, for the model.</summary>
internal sealed class FuzzFrame
{
    private readonly byte[] bytes;

    public FuzzFrame(byte[] bytes) => this.bytes = bytes;

    /// <summary>Whether there is a header at all.</summary>
    public bool HasHeader => bytes.Length >= 6;

    public int Length => bytes.Length;

    public int Id => BinaryPrimitives.ReadInt32BigEndian(bytes) & int.MaxValue;

    public FrameType Type => (FrameType)(bytes[4] >> 2);

    public FrameFlags Flags => (FrameFlags)(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4)) & 0x3FF);

    public ReadOnlySpan<byte> Body => bytes.AsSpan(6);

    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <summary>Initial n, n or code: the first 32 bits of the body.</summary>
    public int Number => BinaryPrimitives.ReadInt32BigEndian(Body);

    /// <summary>Where metadata, if any, and data begin: behind the initial n of a request that has one.</summary>
    public int ContentAt => Type.HasInitialRequestN ? 4 : 0;

    /// <summary>Metadata and data of a request or PAYLOAD that <see cref="FitsContent"/>.</summary>
    public (byte[]? Metadata, byte[] Data) Content()
    {
        ReadOnlySpan<byte> rest = Body[ContentAt..];
        if (!Has(FrameFlags.Metadata))
        {
            return (null, rest.ToArray());
        }

        int length = MetadataLength(rest);
        return (rest.Slice(3, length).ToArray(), rest[(3 + length)..].ToArray());
    }

    /// <summary>Whether initial n and metadata fit into the frame.</summary>
    public bool FitsContent
    {
        get
        {
            if (Body.Length < ContentAt)
            {
                return false;
            }

            ReadOnlySpan<byte> rest = Body[ContentAt..];
            return !Has(FrameFlags.Metadata) || (rest.Length >= 3 && MetadataLength(rest) <= rest.Length - 3);
        }
    }

    /// <summary>What the server must answer to this as the first frame of a connection: null when the connection is set up.</summary>
    public ErrorCode[]? JudgeSetup()
    {
        if (!HasHeader)
        {
            return [ErrorCode.InvalidSetup];
        }

        if (Type == FrameType.Resume && Id == 0)
        {
            return [ErrorCode.RejectedResume, ErrorCode.ConnectionError, ErrorCode.InvalidSetup];
        }

        ReadOnlySpan<byte> rest = Body;
        if (Type != FrameType.Setup || Id != 0 || rest.Length < 12)
        {
            return [ErrorCode.InvalidSetup];
        }

        bool wrong = BinaryPrimitives.ReadUInt16BigEndian(rest) != 1 || BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) != 0
            || BinaryPrimitives.ReadInt32BigEndian(rest[4..]) <= 0 || BinaryPrimitives.ReadInt32BigEndian(rest[8..]) <= 0;
        rest = rest[12..];
        if (Has(FrameFlags.ResumeEnable))
        {
            wrong |= rest.Length < 2 || rest.Length < 2 + BinaryPrimitives.ReadUInt16BigEndian(rest);
            rest = wrong ? [] : rest[(2 + BinaryPrimitives.ReadUInt16BigEndian(rest))..];
        }

        for (int mime = 0; mime < 2 && !wrong; mime++)
        {
            wrong = rest.Length < 1 || rest[0] == 0 || rest.Length < 1 + rest[0] || rest.Slice(1, rest[0]).ContainsAnyExceptInRange((byte)1, (byte)127);
            rest = wrong ? [] : rest[(1 + rest[0])..];
        }

        wrong |= !wrong && Has(FrameFlags.Metadata) && (rest.Length < 3 || rest.Length < 3 + MetadataLength(rest));
        return wrong ? [ErrorCode.InvalidSetup]
            : Has(FrameFlags.Lease) ? [ErrorCode.UnsupportedSetup]
            : Has(FrameFlags.ResumeEnable) ? [ErrorCode.RejectedSetup]
            : null;
    }

    public override string ToString() => HasHeader
        ? $"{Type} on {Id}, flags 0x{(int)Flags:x3}, {Convert.ToHexStringLower(Body[..Math.Min(24, Body.Length)])}{(Body.Length > 24 ? "…" : "")} ({bytes.Length} bytes)"
        : $"{bytes.Length} bytes: {Convert.ToHexStringLower(bytes)}";

    private static int MetadataLength(ReadOnlySpan<byte> rest) => (rest[0] << 16) | (rest[1] << 8) | rest[2];
}
