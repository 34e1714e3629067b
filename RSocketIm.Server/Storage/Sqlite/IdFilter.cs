namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>A Bloom filter: "certainly not on disk" for almost every new message, in a few nanoseconds.</summary>
/// <remarks>Four probes. With ten bits an id one look in eighty is in vain; past its size it gets less useful, never wrong.</remarks>
internal sealed class IdFilter
{
    private const int Probes = 4;
    private readonly ulong[] words;
    private readonly ulong mask;

    /// <param name="bytes">Memory for it, rounded down to a power of two.</param>
    public IdFilter(long bytes)
    {
        words = new ulong[(long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes, 1024) / 2 + 1) / sizeof(ulong)];
        mask = ((ulong)words.Length * 64) - 1;
    }

    public void Add(ulong hash)
    {
        for (int i = 0; i < Probes; i++)
        {
            ulong bit = Bit(hash, i);
            words[bit >> 6] |= 1UL << (int)(bit & 63);
        }
    }

    public bool MayContain(ulong hash)
    {
        for (int i = 0; i < Probes; i++)
        {
            ulong bit = Bit(hash, i);
            if ((words[bit >> 6] & (1UL << (int)(bit & 63))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    // Two halves of one good hash make as many as are wanted (Kirsch and Mitzenmacher).
    private ulong Bit(ulong hash, int probe) => ((hash >> 32) + ((ulong)probe * ((hash & 0xffffffff) | 1) * 0x9E3779B97F4A7C15)) & mask;
}
