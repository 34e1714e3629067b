namespace RSocketIm.Server.Rooms;

/// <summary>A set of seqs that grows at both ends and says in O(log n) how many come after one; 4 bytes a seq.</summary>
/// <param name="origin">Where it starts: later seqs are added upwards, this one and earlier ones downwards. All within 2³¹ of it.</param>
internal sealed class SeqSet(long origin)
{
    private readonly List<int> above = [];
    private readonly List<int> below = [];

    /// <summary>How many seqs there are.</summary>
    public int Count => above.Count + below.Count;

    /// <summary>Adds a seq that is greater than all others and than the origin.</summary>
    public void AddNewest(long seq) => above.Add(checked((int)(seq - origin)));

    /// <summary>Adds a seq that is less than all others and not greater than the origin.</summary>
    public void AddOldest(long seq) => below.Add(checked((int)(origin - seq)));

    /// <summary>Takes a seq out, if it is there. Moves what comes after it: for deletes, which are rare.</summary>
    public void Remove(long seq)
    {
        List<int> part = seq > origin ? above : below;
        int at = part.BinarySearch((int)Math.Abs(seq - origin));
        if (at >= 0)
        {
            part.RemoveAt(at);
        }
    }

    /// <summary>How many seqs are greater than this one.</summary>
    public int CountAfter(long seq)
    {
        if (seq >= origin)
        {
            return above.Count - IndexAfter(above, seq - origin);
        }

        // Downwards, the distances ascend: those nearer than the seq come after it.
        return above.Count + IndexAfter(below, origin - seq - 1);
    }

    // Index of the first element greater than the value.
    private static int IndexAfter(List<int> part, long value)
    {
        if (value > int.MaxValue)
        {
            return part.Count;
        }

        int at = part.BinarySearch((int)value);
        return at >= 0 ? at + 1 : ~at;
    }
}
