using System.Buffers;
using System.Numerics;

namespace RSocketIm.Protocol.Frames;

/// <summary>Bytes that grow at the end, kept in a chain of pooled arrays; what is in it is never copied again.</summary>
/// <remarks>
/// Mutable struct: a field of its <see cref="PartialPayload"/>. The chain grows with what has arrived, never with what a peer
/// announces: an array is as long as the chain before it or the bytes at hand, so the chain holds at most twice its bytes and 256.
/// </remarks>
internal struct PooledBytes(ArrayPool<byte> pool)
{
    private const int MinSegmentLength = 256;

    // The pool's arrays of 64 KiB stay out of the large object heap (85,000 bytes).
    private const int MaxSegmentLength = 64 * 1024;

    private Segment? first;
    private Segment? last;

    public long Length { get; private set; }

    public readonly ReadOnlySequence<byte> Sequence =>
        first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);

    public void Append(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> piece in bytes)
        {
            Append(piece.Span);
        }
    }

    public void ReturnAll()
    {
        for (Segment? segment = first; segment is not null; segment = segment.NextSegment)
        {
            pool.Return(segment.Array);
        }

        this = new PooledBytes(pool);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (last is null || last.Free == 0)
            {
                // Powers of two, because the pool rounds up to them: down for what is there, up for what is coming.
                int asMuchAgain = 1 << BitOperations.Log2((uint)Math.Min(Length, MaxSegmentLength));
                int atHand = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(bytes.Length, MaxSegmentLength));
                AddSegment(pool.Rent(Math.Max(MinSegmentLength, Math.Max(asMuchAgain, atHand))));
            }

            int count = Math.Min(bytes.Length, last!.Free);
            last.Append(bytes[..count]);
            Length += count;
            bytes = bytes[count..];
        }
    }

    private void AddSegment(byte[] array)
    {
        Segment segment = new(array, Length);
        if (last is null)
        {
            first = segment;
        }
        else
        {
            last.Link(segment);
        }

        last = segment;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] array, long runningIndex)
        {
            Array = array;
            RunningIndex = runningIndex;
        }

        public byte[] Array { get; }

        public Segment? NextSegment => (Segment?)Next;

        public int Free => Array.Length - Memory.Length;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            int used = Memory.Length;
            bytes.CopyTo(Array.AsSpan(used));
            Memory = Array.AsMemory(0, used + bytes.Length);
        }

        public void Link(Segment next) => Next = next;
    }
}
