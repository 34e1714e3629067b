namespace RSocketIm.Server.Accounts;

/// <summary>Counts attempts per key, up to a limit a minute; all counts start again together.</summary>
/// <param name="limit">Attempts a minute; 0: no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class MinuteCounts<TKey>(int limit, TimeProvider time)
    where TKey : notnull
{
    // About 100 bytes each, for one minute; whoever has more keys than this is not held up by counting them.
    private const int MaxKeys = 100_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<TKey, int> counts = [];
    private long started = time.GetTimestamp();

    /// <summary>Counts an attempt before it is made, so that a hundred at the same time are a hundred.</summary>
    /// <returns>Null when it may be made, else how long to wait.</returns>
    public TimeSpan? Take(TKey key)
    {
        if (limit == 0)
        {
            return null;
        }

        lock (gate)
        {
            TimeSpan elapsed = time.GetElapsedTime(started);
            if (elapsed >= Window)
            {
                started = time.GetTimestamp();
                elapsed = TimeSpan.Zero;
                counts.Clear();
            }

            int count = counts.GetValueOrDefault(key);
            if (count >= limit)
            {
                return Window - elapsed;
            }

            if (count > 0 || counts.Count < MaxKeys)
            {
                counts[key] = count + 1;
            }

            return null;
        }
    }

    /// <summary>Takes an attempt back that does not count after all.</summary>
    public void GiveBack(TKey key)
    {
        lock (gate)
        {
            if (counts.TryGetValue(key, out int count) && count > 0)
            {
                counts[key] = count - 1;
            }
        }
    }
}
