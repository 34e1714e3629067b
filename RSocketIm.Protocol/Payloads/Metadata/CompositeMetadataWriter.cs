using System.Buffers;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Writes composite metadata entry by entry.</summary>
/// <remarks>Each call writes one whole entry to the output, and advances it. Spec: Extensions/CompositeMetadata.md.</remarks>
public readonly struct CompositeMetadataWriter
{
    /// <summary>The most bytes an entry may have: 16 777 215, since its length has 24 bits.</summary>
    public const int MaxContentBytes = 0xFF_FFFF;

    private readonly IBufferWriter<byte> output;

    /// <summary>Creates a writer.</summary>
    /// <param name="output">Where the entries go.</param>
    public CompositeMetadataWriter(IBufferWriter<byte> output) => this.output = output;

    /// <summary>Writes an entry of a well-known type: 4 bytes and its content.</summary>
    /// <param name="type">The type, 0..0x7F.</param>
    /// <param name="content">0..16 777 215 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type has more than 7 bits, or the content is too long.</exception>
    public void Write(WellKnownMimeType type, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)type, 0x7F, nameof(type));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaxContentBytes, nameof(content));
        TypeHeader.WriteId(output, (byte)type);
        WriteContent(content);
    }

    /// <summary>Writes an entry of any type; a well-known one goes out as its number.</summary>
    /// <param name="mimeType">The MIME type, 1..128 ASCII characters.</param>
    /// <param name="content">0..16 777 215 bytes.</param>
    /// <exception cref="ArgumentException">The MIME type is empty, too long or not ASCII.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The content is too long.</exception>
    public void Write(string mimeType, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaxContentBytes, nameof(content));
        TypeHeader.WriteMimeType(output, mimeType);
        WriteContent(content);
    }

    private void WriteContent(ReadOnlySpan<byte> content)
    {
        Span<byte> length = output.GetSpan(3);
        length[0] = (byte)(content.Length >> 16);
        length[1] = (byte)(content.Length >> 8);
        length[2] = (byte)content.Length;
        output.Advance(3);
        output.Write(content);
    }
}
