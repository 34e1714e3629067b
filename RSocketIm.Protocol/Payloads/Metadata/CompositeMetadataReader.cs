using System.Buffers;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Reads composite metadata entry by entry, in the order sent, without copying.</summary>
/// <remarks>
/// <code>
/// |M| MIME Id/Length-1 (7) |  MIME type, when M is not set  ...
/// |            Metadata Length (24)             |  Metadata ...
/// </code>
/// Types may repeat, and a type the caller does not know is skipped by reading on.
/// Spec: Extensions/CompositeMetadata.md.
/// </remarks>
public ref struct CompositeMetadataReader
{
    private const int LengthBytes = 3;

    private SequenceReader<byte> reader;

    /// <summary>Starts to read.</summary>
    /// <param name="metadata">The metadata of one payload; 0 bytes are 0 entries.</param>
    public CompositeMetadataReader(ReadOnlySequence<byte> metadata) => reader = new SequenceReader<byte>(metadata);

    /// <summary>Reads the next entry.</summary>
    /// <param name="entry">The entry, valid as long as the buffer is.</param>
    /// <returns>False when all entries have been read.</returns>
    /// <exception cref="MetadataFormatException">The entry is cut short, or its MIME type is not ASCII.</exception>
    public bool TryRead(out CompositeMetadataEntry entry)
    {
        if (reader.End)
        {
            entry = default;
            return false;
        }

        TypeHeader type = TypeHeader.Read(ref reader, "MIME type of the metadata entry");
        long start = reader.Consumed;
        Span<byte> length = stackalloc byte[LengthBytes];
        if (!reader.TryCopyTo(length))
        {
            throw new MetadataFormatException(start, $"The length of the metadata entry needs {LengthBytes} bytes, but {reader.Remaining} are left.");
        }

        reader.Advance(LengthBytes);
        int contentLength = (length[0] << 16) | (length[1] << 8) | length[2];
        if (!reader.TryReadExact(contentLength, out ReadOnlySequence<byte> content))
        {
            throw new MetadataFormatException(start, $"The metadata entry has {contentLength} bytes, but {reader.Remaining} are left.");
        }

        entry = new CompositeMetadataEntry(type, content);
        return true;
    }

    /// <summary>Reads on to the next entry of one type and passes over all others.</summary>
    /// <param name="type">The type wanted, be it sent as number or as text.</param>
    /// <param name="content">The bytes of that entry, valid as long as the buffer is.</param>
    /// <returns>False when there is no such entry any more.</returns>
    /// <exception cref="MetadataFormatException">An entry on the way is broken.</exception>
    public bool TryFind(WellKnownMimeType type, out ReadOnlySequence<byte> content)
    {
        while (TryRead(out CompositeMetadataEntry entry))
        {
            if (entry.Is(type))
            {
                content = entry.Content;
                return true;
            }
        }

        content = default;
        return false;
    }
}
