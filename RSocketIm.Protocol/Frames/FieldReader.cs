using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace RSocketIm.Protocol.Frames;

/// <summary>Reads the fields of one frame's body in order; a field that does not fit ends the connection.</summary>
/// <remarks>A frame names itself in the error, because "4 bytes are missing" helps nobody who reads a log.</remarks>
internal ref struct FieldReader
{
    private readonly FrameType type;
    private readonly ErrorCode code;
    private SequenceReader<byte> reader;

    public FieldReader(in Frame frame, ErrorCode code = ErrorCode.ConnectionError)
    {
        type = frame.Type;
        this.code = code;
        reader = new SequenceReader<byte>(frame.Body);
    }

    /// <summary>Everything not read yet.</summary>
    public readonly ReadOnlySequence<byte> Rest => reader.UnreadSequence;

    public byte ReadByte(string field)
    {
        if (!reader.TryRead(out byte value))
        {
            ThrowMissing(field, 1);
        }

        return value;
    }

    public ushort ReadUInt16(string field)
    {
        if (!reader.TryReadUInt16BigEndian(out ushort value))
        {
            ThrowMissing(field, sizeof(ushort));
        }

        return value;
    }

    /// <summary>Reads 32 bits as they come; a field of 31 bits is masked by who knows that it is one.</summary>
    public int ReadInt32(string field)
    {
        if (!reader.TryReadBigEndian(out int value))
        {
            ThrowMissing(field, sizeof(int));
        }

        return value;
    }

    /// <summary>Reads a position: 63 bits behind a reserved one, which is masked off.</summary>
    public long ReadPosition(string field)
    {
        if (!reader.TryReadBigEndian(out long value))
        {
            ThrowMissing(field, sizeof(long));
        }

        return value & long.MaxValue;
    }

    public ReadOnlySequence<byte> ReadBytes(string field, int count)
    {
        if (!reader.TryReadExact(count, out ReadOnlySequence<byte> bytes))
        {
            ThrowMissing(field, count);
        }

        return bytes;
    }

    /// <summary>Reads metadata behind their 24-bit length.</summary>
    public ReadOnlySequence<byte> ReadMetadata()
    {
        if (!reader.TryReadUInt24BigEndian(out int length))
        {
            ThrowMissing("metadata length", 3);
        }

        return ReadBytes("metadata", length);
    }

    [DoesNotReturn]
    public readonly void Throw(string message) => throw new ProtocolViolationException(code, $"{type.SpecName}: {message}");

    [DoesNotReturn]
    private readonly void ThrowMissing(string field, int needed) =>
        Throw($"{field} takes {needed} bytes, but {reader.Remaining} are left in the frame.");
}
