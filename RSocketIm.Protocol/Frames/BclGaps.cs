using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>What the base class library lacks for RSocket: 24-bit lengths, unsigned 16-bit fields, and writing a sequence.</summary>
internal static class BclGaps
{
    extension(BinaryPrimitives)
    {
        public static int ReadUInt24BigEndian(ReadOnlySpan<byte> source) => (source[0] << 16) | (source[1] << 8) | source[2];

        public static void WriteUInt24BigEndian(Span<byte> destination, int value)
        {
            destination[2] = (byte)value;
            destination[1] = (byte)(value >> 8);
            destination[0] = (byte)(value >> 16);
        }
    }

    extension(ref SequenceReader<byte> reader)
    {
        public bool TryReadUInt24BigEndian(out int value)
        {
            Span<byte> copy = stackalloc byte[3];
            scoped ReadOnlySpan<byte> bytes = reader.UnreadSpan;
            if (bytes.Length < 3)
            {
                // The three bytes may lie in two or three segments.
                if (!reader.TryCopyTo(copy))
                {
                    value = 0;
                    return false;
                }

                bytes = copy;
            }

            value = BinaryPrimitives.ReadUInt24BigEndian(bytes);
            reader.Advance(3);
            return true;
        }

        public bool TryReadUInt16BigEndian(out ushort value)
        {
            bool read = reader.TryReadBigEndian(out short signed);
            value = unchecked((ushort)signed);
            return read;
        }
    }

    extension(IBufferWriter<byte> output)
    {
        public void Write(in ReadOnlySequence<byte> bytes)
        {
            if (bytes.IsSingleSegment)
            {
                output.Write(bytes.FirstSpan);
                return;
            }

            foreach (ReadOnlyMemory<byte> segment in bytes)
            {
                output.Write(segment.Span);
            }
        }
    }
}
