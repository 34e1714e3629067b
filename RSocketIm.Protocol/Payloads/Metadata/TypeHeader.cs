using System.Buffers;
using System.Text;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>The head that MIME types and authentication types share: a number of seven bits, or a short ASCII text.</summary>
/// <remarks>
/// <code>
/// |K| Id/Length-1 (7) |  Text (ASCII), when K is not set  ...
/// </code>
/// The spec's text says "length"; rsocket-java, -js, -kotlin, -rust and -py all write length - 1 (1..128), and so do we,
/// since nothing else can be read by them. Spec: Extensions/CompositeMetadata.md, Extensions/Security/Authentication.md.
/// </remarks>
internal readonly struct TypeHeader
{
    public const int MaxTextBytes = 128;

    private const byte KnownFlag = 0x80;

    private TypeHeader(bool isKnown, byte id, ReadOnlySequence<byte> text)
    {
        IsKnown = isKnown;
        Id = id;
        Text = text;
    }

    /// <summary>Whether the type is a number (<see cref="Id"/>) rather than a text.</summary>
    public bool IsKnown { get; }

    public byte Id { get; }

    /// <summary>The ASCII bytes; empty when the type is a number.</summary>
    public ReadOnlySequence<byte> Text { get; }

    /// <summary>Reads the head, which must be there.</summary>
    /// <exception cref="MetadataFormatException">It is cut short, or its text is not ASCII.</exception>
    public static TypeHeader Read(ref SequenceReader<byte> reader, string what)
    {
        long start = reader.Consumed;
        if (!reader.TryRead(out byte first))
        {
            throw new MetadataFormatException(start, $"The {what} is missing.");
        }

        if ((first & KnownFlag) != 0)
        {
            return new TypeHeader(isKnown: true, (byte)(first & ~KnownFlag), default);
        }

        int length = first + 1;
        if (!reader.TryReadExact(length, out ReadOnlySequence<byte> text))
        {
            throw new MetadataFormatException(start, $"The {what} has {length} bytes, but only {reader.Remaining} are left.");
        }

        foreach (ReadOnlyMemory<byte> segment in text)
        {
            if (!Ascii.IsValid(segment.Span))
            {
                throw new MetadataFormatException(start, $"The {what} is not ASCII.");
            }
        }

        return new TypeHeader(isKnown: false, 0, text);
    }

    public static void WriteId(IBufferWriter<byte> output, byte id)
    {
        output.GetSpan(1)[0] = (byte)(KnownFlag | id);
        output.Advance(1);
    }

    /// <exception cref="ArgumentException">The text is not 1..128 ASCII characters.</exception>
    public static void WriteText(IBufferWriter<byte> output, string text)
    {
        if (text.Length is 0 or > MaxTextBytes || !Ascii.IsValid(text))
        {
            throw new ArgumentException($"A type is 1..{MaxTextBytes} ASCII characters; this one has {text.Length}.", nameof(text));
        }

        Span<byte> span = output.GetSpan(1 + text.Length);
        span[0] = (byte)(text.Length - 1);
        Encoding.ASCII.GetBytes(text, span[1..]);
        output.Advance(1 + text.Length);
    }

    /// <summary>Writes a MIME type, as its number when it has one.</summary>
    public static void WriteMimeType(IBufferWriter<byte> output, string mimeType)
    {
        if (WellKnownMimeTypes.TryGetId(mimeType, out WellKnownMimeType id))
        {
            WriteId(output, (byte)id);
        }
        else
        {
            WriteText(output, mimeType);
        }
    }

    /// <summary>The MIME type's name, or null when it is a number that is not in the list.</summary>
    public string? ToMimeType() => IsKnown ? WellKnownMimeTypes.GetName((WellKnownMimeType)Id) : Encoding.ASCII.GetString(Text);
}
