using System.Buffers;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>What a reader made of its bytes, as one number: two readings are the same when their digests are.</summary>
/// <remarks>A mutable struct; the order of what is added counts.</remarks>
internal struct FuzzDigest
{
    private const ulong Prime = 0x0000_0100_0000_01B3;

    private ulong hash;

    public readonly ulong Value => hash;

    public void Add(ulong value)
    {
        hash = (hash ^ value) * Prime;
        hash ^= hash >> 29;
    }

    public void Add(long value) => Add((ulong)value);

    public void Add(bool value) => Add(value ? 2UL : 1UL);

    public void Add(string? text)
    {
        Add(text is null ? 0UL : (ulong)text.Length + 1);
        foreach (char character in text ?? "")
        {
            Add((ulong)character);
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        AddPart(bytes);
    }

    /// <summary>The same for the same bytes, however they are cut.</summary>
    public void Add(in ReadOnlySequence<byte> bytes)
    {
        Add((ulong)bytes.Length);
        foreach (ReadOnlyMemory<byte> piece in bytes)
        {
            AddPart(piece.Span);
        }
    }

    private void AddPart(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            hash = (hash ^ value) * Prime;
        }
    }
}
