using System.Buffers;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>A pool that knows what is out, refuses what it did not give, and spoils what comes back.</summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly HashSet<byte[]> rented = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<int, Stack<byte[]>> free = [];

    public int Rented => rented.Count;

    public override byte[] Rent(int minimumLength)
    {
        int length = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, minimumLength));
        byte[] array = free.TryGetValue(length, out Stack<byte[]>? stack) && stack.TryPop(out byte[]? old) ? old : new byte[length];
        rented.Add(array);
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        if (!rented.Remove(array))
        {
            throw new FuzzException($"An array of {array.Length} bytes was given back twice.");
        }

        array.AsSpan().Fill(0xDD);
        if (!free.TryGetValue(array.Length, out Stack<byte[]>? stack))
        {
            free.Add(array.Length, stack = new Stack<byte[]>());
        }

        stack.Push(array);
    }
}
