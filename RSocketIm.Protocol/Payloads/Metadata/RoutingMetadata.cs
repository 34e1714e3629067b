using System.Buffers;
using System.Text;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Routing metadata (0x7E): a list of short texts, of which the first is the route by convention.</summary>
/// <remarks>
/// <code>
/// | Tag Length (8) |  Tag (UTF-8, 0..255 bytes) ...   repeated
/// </code>
/// Spec: Extensions/Routing.md.
/// </remarks>
public static class RoutingMetadata
{
    /// <summary>The most bytes a tag may have.</summary>
    public const int MaxTagBytes = 255;

    /// <summary>Finds the first tag without copying it; it is not checked to be UTF-8, which a comparison does not need.</summary>
    /// <param name="metadata">Routing metadata (the content of the entry, when the metadata are composite).</param>
    /// <param name="tag">The bytes of the first tag, valid as long as the buffer is.</param>
    /// <returns>False when there is no tag.</returns>
    /// <exception cref="MetadataFormatException">The tag is cut short.</exception>
    public static bool TryReadFirstTag(ReadOnlySequence<byte> metadata, out ReadOnlySequence<byte> tag)
    {
        SequenceReader<byte> reader = new(metadata);
        return TryReadTag(ref reader, out tag);
    }

    /// <summary>Reads the first tag as text.</summary>
    /// <param name="metadata">Routing metadata.</param>
    /// <returns>The tag, or null when there is none.</returns>
    /// <exception cref="MetadataFormatException">The tag is cut short or not UTF-8.</exception>
    public static string? ReadFirstTag(ReadOnlySequence<byte> metadata)
    {
        SequenceReader<byte> reader = new(metadata);
        return TryReadTag(ref reader, out ReadOnlySequence<byte> tag) ? Decode(tag, offset: 1) : null;
    }

    /// <summary>Reads all tags, in the order sent.</summary>
    /// <param name="metadata">Routing metadata.</param>
    /// <returns>The tags; empty when there are none.</returns>
    /// <exception cref="MetadataFormatException">A tag is cut short or not UTF-8.</exception>
    public static IReadOnlyList<string> ReadTags(ReadOnlySequence<byte> metadata)
    {
        List<string> tags = [];
        SequenceReader<byte> reader = new(metadata);
        while (TryReadTag(ref reader, out ReadOnlySequence<byte> tag))
        {
            tags.Add(Decode(tag, reader.Consumed - tag.Length));
        }

        return tags;
    }

    /// <summary>Writes tags.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="tags">The tags, each 0..255 bytes as UTF-8.</param>
    /// <exception cref="ArgumentException">A tag is longer; the tags before it have been written.</exception>
    public static void Write(IBufferWriter<byte> output, params ReadOnlySpan<string> tags)
    {
        foreach (string tag in tags)
        {
            int length = Encoding.UTF8.GetByteCount(tag);
            if (length > MaxTagBytes)
            {
                throw new ArgumentException($"A tag is at most {MaxTagBytes} bytes; this one has {length}.", nameof(tags));
            }

            Span<byte> span = output.GetSpan(1 + length);
            span[0] = (byte)length;
            Encoding.UTF8.GetBytes(tag, span[1..]);
            output.Advance(1 + length);
        }
    }

    private static bool TryReadTag(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> tag)
    {
        long start = reader.Consumed;
        if (!reader.TryRead(out byte length))
        {
            tag = default;
            return false;
        }

        if (!reader.TryReadExact(length, out tag))
        {
            throw new MetadataFormatException(start, $"The tag has {length} bytes, but {reader.Remaining} are left.");
        }

        return true;
    }

    private static string Decode(in ReadOnlySequence<byte> tag, long offset) =>
        Utf8Text.TryDecode(tag, out string? text) ? text : throw new MetadataFormatException(offset, "The tag is not valid UTF-8.");
}
