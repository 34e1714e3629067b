namespace RSocketIm.Server.Rooms;

/// <summary>The readers of one room that have credit and have read everything; the next growth of the log takes them all.</summary>
/// <remarks>
/// Mutable, touched under the room's lock only, save that the list which <see cref="Take"/> returned is walked by the
/// commit loop outside of it. Two lists take turns, so that a busy room allocates nothing per commit.
/// </remarks>
internal struct Parking
{
    private List<IRoomReader>? waiting;
    private List<IRoomReader>? spare;

    /// <summary>How many readers are parked.</summary>
    public readonly int Count => waiting?.Count ?? 0;

    /// <summary>Parks a reader; parking it again changes nothing.</summary>
    public void Add(IRoomReader reader)
    {
        if (Contains(reader))
        {
            return;
        }

        waiting ??= [];
        reader.ParkedAt = waiting.Count;
        waiting.Add(reader);
    }

    /// <summary>Takes a reader out, if it is parked.</summary>
    public readonly void Remove(IRoomReader reader)
    {
        if (!Contains(reader))
        {
            return;
        }

        IRoomReader moved = waiting![^1];
        waiting[reader.ParkedAt] = moved;
        moved.ParkedAt = reader.ParkedAt;
        waiting.RemoveAt(waiting.Count - 1);
    }

    /// <summary>Takes everybody out; null when there is nobody. Give the list back by <see cref="GiveBack"/>.</summary>
    public List<IRoomReader>? Take()
    {
        if (Count == 0)
        {
            return null;
        }

        List<IRoomReader>? taken = waiting;
        waiting = spare;
        spare = null;
        return taken;
    }

    /// <summary>Keeps the emptied list for the next turn.</summary>
    public void GiveBack(List<IRoomReader> emptied) => spare = emptied;

    /// <summary>Lets the lists go; for a room whose last reader left.</summary>
    public void Trim() => (waiting, spare) = (null, null);

    private readonly bool Contains(IRoomReader reader) =>
        waiting is not null && reader.ParkedAt < waiting.Count && ReferenceEquals(waiting[reader.ParkedAt], reader);
}
