using System.Buffers.Binary;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Damages an input in place: flips, cuts, repeats, splices, and numbers that lie about lengths.</summary>
/// <remarks>One object per worker; not thread-safe.</remarks>
internal sealed class FuzzMutator(FuzzRandom random)
{
    /// <summary>Longest input in bytes: above every limit of 16 bits.</summary>
    public const int MaxLength = 80_000;

    private readonly byte[] bytes = new byte[MaxLength + 16];
    private int length;

    /// <summary>A copy of an input with some damage done.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another one, to take parts from.</param>
    /// <param name="times">How many pieces of damage.</param>
    public byte[] Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other, int times)
    {
        length = Math.Min(input.Length, MaxLength);
        input[..length].CopyTo(bytes);
        for (int i = 0; i < times; i++)
        {
            MutateOnce(other);
        }

        return bytes.AsSpan(0, length).ToArray();
    }

    private void MutateOnce(ReadOnlySpan<byte> other)
    {
        if (length == 0)
        {
            Insert(0, random.Between(1, 8));
            return;
        }

        int at = random.Below(length);
        switch (random.Below(14))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << random.Below(8));
                break;
            case 2:
                bytes[at] = (byte)random.Next();
                break;
            case 3:
                bytes[at] = random.Pick<byte>([0, 1, 0x7F, 0x80, 0xFF, 0xC0, 0xC1, 0xDC, 0xDD, 0xDE, 0xDF, (byte)'"', (byte)'\\', (byte)'{', (byte)'[']);
                break;
            case 4:
                bytes[at] = (byte)(bytes[at] + random.Between(-3, 3));
                break;
            case 5:
                length = at; // cut short
                break;
            case 6:
                Remove(at, random.Between(1, Math.Min(length - at, 16)));
                break;
            case 7:
                Insert(at, random.Between(1, 8));
                break;
            case 8:
                Repeat(at, random.Between(1, Math.Min(length - at, 64)));
                break;
            case 9:
                WriteNumber(at, random.Boundary());
                break;
            case 10:
                WriteNumber(at, length - at + random.Between(-8, 2)); // a length that nearly fits
                break;
            case 11:
                Splice(at, other);
                break;
            case 12:
                Overlay(at, other);
                break;
            default:
                int second = random.Below(length);
                (bytes[at], bytes[second]) = (bytes[second], bytes[at]);
                break;
        }
    }

    private void Remove(int at, int count)
    {
        bytes.AsSpan(at + count, length - at - count).CopyTo(bytes.AsSpan(at));
        length -= count;
    }

    private void Insert(int at, int count)
    {
        if (Open(at, count))
        {
            random.Fill(bytes.AsSpan(at, count));
        }
    }

    private void Repeat(int at, int count)
    {
        if (Open(at, count))
        {
            bytes.AsSpan(at + count, count).CopyTo(bytes.AsSpan(at));
        }
    }

    private bool Open(int at, int count)
    {
        if (length + count > MaxLength)
        {
            return false;
        }

        bytes.AsSpan(at, length - at).CopyTo(bytes.AsSpan(at + count));
        length += count;
        return true;
    }

    private void WriteNumber(int at, long value)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, value);
        int width = Math.Min(random.Pick<int>([1, 2, 3, 4, 4, 8]), length - at);
        number[^width..].CopyTo(bytes.AsSpan(at));
    }

    // The start of this one and the end of another.
    private void Splice(int at, ReadOnlySpan<byte> other)
    {
        int from = random.Below(other.Length + 1);
        int count = Math.Min(other.Length - from, MaxLength - at);
        other.Slice(from, count).CopyTo(bytes.AsSpan(at));
        length = at + count;
    }

    private void Overlay(int at, ReadOnlySpan<byte> other)
    {
        int from = random.Below(other.Length + 1);
        int count = Math.Min(Math.Min(other.Length - from, length - at), random.Between(1, 32));
        other.Slice(from, count).CopyTo(bytes.AsSpan(at));
    }
}
