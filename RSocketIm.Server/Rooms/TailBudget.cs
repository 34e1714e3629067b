using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Holds the tails of all rooms together below a number of bytes: what is over goes, coldest room first, oldest entry first.</summary>
/// <remarks>
/// Used by the commit loop alone, hence no lock. A bound per server and not per room: with 100,000 rooms a bound per room
/// is either too small for the few busy ones or too large for all of them. A room is as warm as its last entry is
/// recent, whoever reads it: the readers of old entries are served by the block cache.
/// </remarks>
internal sealed class TailBudget(long limit)
{
    private LogTail? hottest;
    private LogTail? coldest;

    /// <summary>Bytes held by all tails; may be read by anybody.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds an entry to a tail, and evicts what this makes too much.</summary>
    /// <param name="tail">The room's tail.</param>
    /// <param name="entry">Its next entry.</param>
    public void Append(LogTail tail, LogEntry entry)
    {
        tail.Append(entry);
        Bytes += entry.Cost;
        if (!ReferenceEquals(hottest, tail))
        {
            Unlink(tail);
            LinkHottest(tail);
        }

        while (Bytes > limit && coldest is { } victim)
        {
            Bytes -= victim.RemoveOldest().Cost;
            if (victim.Count == 0)
            {
                Unlink(victim);
            }
        }
    }

    /// <summary>Puts an entry in the place of the one with its seq, if that is in memory. A room does not get warmer by it.</summary>
    public void Replace(LogTail tail, LogEntry entry)
    {
        if (tail.Replace(entry) is { } before)
        {
            Bytes += entry.Cost - before.Cost;
        }
    }

    private void LinkHottest(LogTail tail)
    {
        tail.Colder = hottest;
        hottest?.Hotter = tail;
        hottest = tail;
        coldest ??= tail;
    }

    private void Unlink(LogTail tail)
    {
        if (ReferenceEquals(hottest, tail))
        {
            hottest = tail.Colder;
        }

        if (ReferenceEquals(coldest, tail))
        {
            coldest = tail.Hotter;
        }

        tail.Colder?.Hotter = tail.Hotter;
        tail.Hotter?.Colder = tail.Colder;
        tail.Colder = null;
        tail.Hotter = null;
    }
}
