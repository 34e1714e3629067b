using System.Buffers;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>The MIME type of the data of one stream (0x7A), where it is not the one of SETUP.</summary>
/// <remarks>
/// <code>
/// |M| MIME Id/Length-1 (7) |  MIME type, when M is not set  ...
/// </code>
/// Spec: Extensions/PerStreamDataMimeTypesDefinition.md.
/// </remarks>
public static class DataMimeTypeMetadata
{
    /// <summary>Reads the type.</summary>
    /// <param name="metadata">The content of the entry.</param>
    /// <returns>The MIME type, or null when it is a number that is not in the list.</returns>
    /// <exception cref="MetadataFormatException">It is cut short, not ASCII, or more than one type.</exception>
    public static string? Read(ReadOnlySequence<byte> metadata)
    {
        SequenceReader<byte> reader = new(metadata);
        TypeHeader type = TypeHeader.Read(ref reader, "MIME type of the data");
        return reader.End ? type.ToMimeType() : throw new MetadataFormatException(reader.Consumed, $"{reader.Remaining} bytes follow the one MIME type.");
    }

    /// <summary>Writes the type, as a number where it has one.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="mimeType">1..128 ASCII characters.</param>
    /// <exception cref="ArgumentException">The MIME type is empty, too long or not ASCII.</exception>
    public static void Write(IBufferWriter<byte> output, string mimeType) => TypeHeader.WriteMimeType(output, mimeType);
}
