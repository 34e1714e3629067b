namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Random numbers that are the same on every machine and runtime for the same seed: a run can be repeated by its seed. Not thread-safe.</summary>
/// <remarks>SplitMix64: a few instructions a number, and every seed is a good one.</remarks>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>Any 64 bits.</summary>
    public ulong Next()
    {
        state += 0x9E37_79B9_7F4A_7C15;
        return Mix(state);
    }

    /// <summary>0..<paramref name="limit"/>-1.</summary>
    public int Below(int limit) => (int)(((Next() >> 32) * (ulong)limit) >> 32);

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    public bool OneIn(int chances) => Below(chances) == 0;

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>A length: mostly short, seldom up to <paramref name="most"/>.</summary>
    public int Length(int most) => Below(8) switch
    {
        0 => 0,
        < 5 => Below(Math.Min(most, 8) + 1),
        < 7 => Below(Math.Min(most, 48) + 1),
        _ => Below(most + 1),
    };

    /// <summary>Numbers at which something changes: widths, signs, limits, and one beside each.</summary>
    public long Boundary()
    {
        long edge = Below(5) switch
        {
            0 => 1L << Below(63),
            1 => (1L << Below(63)) - 1,
            2 => -(1L << Below(63)),
            3 => Below(300),
            _ => Pick<long>([long.MaxValue, long.MinValue, uint.MaxValue, int.MaxValue, int.MinValue, ushort.MaxValue, 0xFF_FFFF, 1L << 53, 0]),
        };
        return OneIn(3) ? unchecked(edge + Between(-1, 1)) : edge;
    }

    public void Fill(Span<byte> bytes)
    {
        foreach (ref byte value in bytes)
        {
            value = (byte)Next();
        }
    }

    /// <summary>A seed made of several parts.</summary>
    public static ulong Seed(ulong a, ulong b) => Mix(a ^ Mix(b + 0x9E37_79B9_7F4A_7C15));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
