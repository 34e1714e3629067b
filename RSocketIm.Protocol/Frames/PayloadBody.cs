using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Frames;

/// <summary>Writes the end that SETUP, REQUEST_* and PAYLOAD share: metadata behind their length, then data.</summary>
/// <remarks>Spec: Protocol.md, "Metadata Optional Header".</remarks>
internal static class PayloadBody
{
    // |             Metadata Length (24)              |   only with M
    // |               Metadata                       ...            |
    // |               Data                           ...            |

    // A frame up to this long asks for all its bytes at once. A longer one asks for its fixed part only: a large size hint makes
    // a PipeWriter leave the rest of its current block unused and take memory from outside its pool.
    private const int OneSpanLength = 1024;
    private const int MetadataLengthLength = 3;

    public static int GetLength(bool hasMetadata, int metadataLength, int dataLength) =>
        checked((hasMetadata ? MetadataLengthLength + metadataLength : 0) + dataLength);

    /// <summary>Gets room for the fixed fields at least, and checks that the whole frame may exist.</summary>
    public static Span<byte> GetSpan(IBufferWriter<byte> output, int frameLength, int fixedLength)
    {
        if (frameLength > Frame.MaxLength)
        {
            throw new ArgumentException($"Frame length {frameLength} is outside {Frame.HeaderLength}..{Frame.MaxLength} bytes; cut the payload into fragments.");
        }

        return output.GetSpan(frameLength <= OneSpanLength ? frameLength : fixedLength + MetadataLengthLength);
    }

    /// <summary>Writes metadata and data behind the <paramref name="fixedLength"/> bytes already in <paramref name="span"/>, and advances past all.</summary>
    public static void Write(IBufferWriter<byte> output, Span<byte> span, int fixedLength, bool hasMetadata, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> data)
    {
        int written = fixedLength;
        if (hasMetadata)
        {
            BinaryPrimitives.WriteUInt24BigEndian(span[written..], metadata.Length);
            written += MetadataLengthLength;
        }
        else if (!metadata.IsEmpty)
        {
            throw new ArgumentException($"{metadata.Length} bytes of metadata were given for a frame without the M flag.", nameof(metadata));
        }

        if (span.Length - written >= metadata.Length + data.Length)
        {
            metadata.CopyTo(span[written..]);
            data.CopyTo(span[(written + metadata.Length)..]);
            output.Advance(written + metadata.Length + data.Length);
            return;
        }

        output.Advance(written);
        output.Write(metadata);
        output.Write(data);
    }
}
