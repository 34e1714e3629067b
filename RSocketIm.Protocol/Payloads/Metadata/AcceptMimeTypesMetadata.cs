using System.Buffers;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>The MIME types a requester can read in answers (0x7B), best first; from a responder it means nothing.</summary>
/// <remarks>
/// <code>
/// |M| MIME Id/Length-1 (7) |  MIME type, when M is not set  ...   repeated
/// </code>
/// Spec: Extensions/PerStreamDataMimeTypesDefinition.md.
/// </remarks>
public static class AcceptMimeTypesMetadata
{
    /// <summary>Reads the types, in the order sent; numbers that are not in the list are left out.</summary>
    /// <param name="metadata">The content of the entry.</param>
    /// <exception cref="MetadataFormatException">A type is cut short or not ASCII.</exception>
    public static IReadOnlyList<string> Read(ReadOnlySequence<byte> metadata)
    {
        List<string> types = [];
        SequenceReader<byte> reader = new(metadata);
        while (!reader.End)
        {
            if (TypeHeader.Read(ref reader, "acceptable MIME type").ToMimeType() is string name)
            {
                types.Add(name);
            }
        }

        return types;
    }

    /// <summary>Writes the types, as numbers where they have one.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="mimeTypes">Each 1..128 ASCII characters.</param>
    /// <exception cref="ArgumentException">A MIME type is empty, too long or not ASCII; those before it have been written.</exception>
    public static void Write(IBufferWriter<byte> output, params ReadOnlySpan<string> mimeTypes)
    {
        foreach (string mimeType in mimeTypes)
        {
            TypeHeader.WriteMimeType(output, mimeType);
        }
    }
}
