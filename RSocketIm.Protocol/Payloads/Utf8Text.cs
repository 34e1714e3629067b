using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace RSocketIm.Protocol.Payloads;

/// <summary>Strict UTF-8 out of received bytes: text that is not UTF-8 is refused, never repaired.</summary>
/// <remarks>
/// Repairing (U+FFFD for a broken byte) would make two different byte strings equal as text, which matters for names and ids.
/// </remarks>
internal static class Utf8Text
{
    // 256: room for a name, a tag or a short message that lies across two segments; longer ones rent an array.
    private const int StackBytes = 256;

    /// <summary>Decodes the bytes, or returns false when they are not valid UTF-8.</summary>
    public static bool TryDecode(in ReadOnlySequence<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        if (bytes.IsSingleSegment)
        {
            return TryDecode(bytes.FirstSpan, out text);
        }

        // A character may lie across the segments, so the bytes are brought together first.
        int length = checked((int)bytes.Length);
        byte[]? rented = length > StackBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> together = (rented ?? stackalloc byte[StackBytes])[..length];
        bytes.CopyTo(together);
        bool valid = TryDecode(together, out text);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return valid;
    }

    /// <summary>Decodes the bytes, or returns false when they are not valid UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return text is not null;
    }
}
