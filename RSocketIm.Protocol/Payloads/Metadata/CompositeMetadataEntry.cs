using System.Buffers;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>One entry of composite metadata: a MIME type and its bytes, as they lie in the buffer that is being read.</summary>
/// <remarks>Valid as long as that buffer is; nothing is copied before <see cref="MimeType"/> is asked for.</remarks>
public readonly ref struct CompositeMetadataEntry
{
    private readonly TypeHeader type;

    internal CompositeMetadataEntry(TypeHeader type, ReadOnlySequence<byte> content)
    {
        this.type = type;
        Content = content;
    }

    /// <summary>Whether the type came as a number, which may be one this library does not know.</summary>
    public bool IsWellKnown => type.IsKnown;

    /// <summary>The number of the type, 0..0x7F, when it came as one; otherwise null.</summary>
    public WellKnownMimeType? Id => type.IsKnown ? (WellKnownMimeType)type.Id : null;

    /// <summary>The MIME type as text, made on each call; null for a number that is not in the list.</summary>
    public string? MimeType => type.ToMimeType();

    /// <summary>The bytes of the entry, 0..16 777 215 of them.</summary>
    public ReadOnlySequence<byte> Content { get; }

    /// <summary>Whether the entry is of this type, be it sent as number or as text.</summary>
    /// <param name="wanted">The type to compare with.</param>
    public bool Is(WellKnownMimeType wanted) =>
        type.IsKnown ? type.Id == (byte)wanted : WellKnownMimeTypes.Spells(type.Text, wanted);
}
