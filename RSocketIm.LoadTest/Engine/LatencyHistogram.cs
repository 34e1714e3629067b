using System.Numerics;

namespace RSocketIm.LoadTest.Engine;

/// <summary>Counts times in buckets that are at most 0.8 % wide, from a nanosecond to centuries, in 60 KB and without allocating.</summary>
/// <remarks>The idea of HdrHistogram: as many buckets for each power of two. Not thread-safe; one for each thread, added up afterwards.</remarks>
internal sealed class LatencyHistogram
{
    private const int SubBits = 7;
    private const int SubBuckets = 1 << SubBits;

    private readonly long[] buckets = new long[(64 - SubBits) * SubBuckets];

    /// <summary>Times that were counted.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, in nanoseconds.</summary>
    public long Max { get; private set; }

    /// <summary>Counts a time.</summary>
    /// <param name="nanoseconds">The time; what is below 0 counts as 0.</param>
    public void Record(long nanoseconds)
    {
        long value = Math.Max(0, nanoseconds);
        buckets[IndexOf(value)]++;
        Count++;
        Max = Math.Max(Max, value);
    }

    /// <summary>Counts what another has counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < buckets.Length; i++)
        {
            buckets[i] += other.buckets[i];
        }

        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        Array.Clear(buckets);
        Count = 0;
        Max = 0;
    }

    /// <summary>The time that a part of all times does not exceed.</summary>
    /// <param name="part">0..1.</param>
    /// <returns>Nanoseconds, the upper end of a bucket; 0 when nothing was counted.</returns>
    public long Percentile(double part)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(part * Count));
        long seen = 0;
        for (int i = 0; i < buckets.Length; i++)
        {
            seen += buckets[i];
            if (seen >= rank)
            {
                return Math.Min(Max, HighestOf(i));
            }
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)value) - SubBits);
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long HighestOf(int index)
    {
        int shift = Math.Max(0, (index >> SubBits) - 1);
        long mantissa = index - ((long)shift << SubBits);
        return ((mantissa + 1) << shift) - 1;
    }
}
