using System.Buffers;

namespace RSocketIm.Protocol.Transports;

/// <summary>Collects bytes in one pooled array, which goes back to the pool whenever the writer is emptied.</summary>
internal sealed class PooledBufferWriter : IBufferWriter<byte>
{
    private const int SmallestArray = 1_024;
    private const int LargestFirstArray = 65_536;

    private byte[] array = [];
    private int written;
    private int firstArray = SmallestArray; // what the last batch needed: the next is likely to be like it

    public ReadOnlyMemory<byte> WrittenMemory => array.AsMemory(0, written);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, array.Length - written);
        written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return array.AsMemory(written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return array.AsSpan(written);
    }

    /// <summary>Forgets the bytes and gives the array back.</summary>
    public void Reset()
    {
        if (array.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = [];
            firstArray = Math.Clamp(written, SmallestArray, LargestFirstArray);
        }

        written = 0;
    }

    private void Reserve(int sizeHint)
    {
        int needed = Math.Max(sizeHint, 1);
        if (array.Length - written >= needed)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(written + needed), Math.Max(firstArray, array.Length * 2)));
        array.AsSpan(0, written).CopyTo(larger);
        if (array.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        array = larger;
    }
}
