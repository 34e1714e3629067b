using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>The newest entries of one room in memory, without holes.</summary>
/// <remarks>
/// Written by the commit loop alone, through <see cref="TailBudget"/>; read by everybody without a lock. That is safe
/// because an entry says its own seq: the ring holds seq s at index s mod length, so a reader that looks into a slot
/// just emptied, reused, or into a ring just replaced by a larger one finds the right entry, another seq, or nothing,
/// and in the last two cases it reads the store instead.
/// </remarks>
internal sealed class LogTail
{
    // A power of two long, or empty: a room without entries in memory holds no array.
    private LogEntry?[] ring = [];
    private long first = 1;
    private long last;

    /// <summary>Neighbours in the budget's list of tails, by the time of their last entry.</summary>
    internal LogTail? Colder { get; set; }

    /// <inheritdoc cref="Colder" />
    internal LogTail? Hotter { get; set; }

    /// <summary>Entries held.</summary>
    public int Count => (int)(last - first + 1);

    /// <summary>The entry of this seq, or null when it is not in memory.</summary>
    /// <param name="seq">The seq, 1 or more.</param>
    public LogEntry? Find(long seq)
    {
        LogEntry?[] slots = Volatile.Read(ref ring);
        if (slots.Length == 0)
        {
            return null;
        }

        LogEntry? entry = Volatile.Read(ref slots[seq & (slots.Length - 1)]);
        return entry is not null && entry.Seq == seq ? entry : null;
    }

    internal void Append(LogEntry entry)
    {
        if (Count == 0)
        {
            first = entry.Seq;
            last = first - 1;
        }

        if (Count == ring.Length)
        {
            Resize(Math.Max(4, ring.Length * 2));
        }

        Volatile.Write(ref ring[entry.Seq & (ring.Length - 1)], entry);
        last = entry.Seq;
    }

    /// <summary>Puts an entry in the place of the one with its seq.</summary>
    /// <returns>The one that was there, or null when it is not in memory: then nothing was changed.</returns>
    internal LogEntry? Replace(LogEntry entry)
    {
        LogEntry? before = Find(entry.Seq);
        if (before is not null)
        {
            before.Run?.Withdraw();
            Volatile.Write(ref ring[entry.Seq & (ring.Length - 1)], entry);
        }

        return before;
    }

    internal LogEntry RemoveOldest()
    {
        ref LogEntry? slot = ref ring[first & (ring.Length - 1)];
        LogEntry entry = slot!;
        Volatile.Write(ref slot, null);
        first++;
        if (Count == 0)
        {
            Volatile.Write(ref ring, []);
        }
        else if (ring.Length > 4 && Count <= ring.Length / 4)
        {
            Resize(ring.Length / 2);
        }

        return entry;
    }

    private void Resize(int length)
    {
        LogEntry?[] slots = new LogEntry?[length];
        for (long seq = first; seq <= last; seq++)
        {
            slots[seq & (length - 1)] = ring[seq & (ring.Length - 1)];
        }

        Volatile.Write(ref ring, slots);
    }
}
