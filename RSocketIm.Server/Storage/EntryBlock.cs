namespace RSocketIm.Server.Storage;

/// <summary>Consecutive entries of one room, read from the store in one go. Immutable, so that any number of readers may share it.</summary>
internal sealed class EntryBlock
{
    /// <summary>A block without entries.</summary>
    public static readonly EntryBlock Empty = new([]);

    /// <summary>Takes over the array; nobody may change it afterwards.</summary>
    /// <param name="entries">Entries of ascending seq without holes.</param>
    public EntryBlock(LogEntry[] entries)
    {
        Entries = entries;
        foreach (LogEntry entry in entries)
        {
            Cost += entry.Cost;
        }
    }

    /// <summary>The entries, oldest first.</summary>
    public IReadOnlyList<LogEntry> Entries { get; }

    /// <summary>Seq of the first entry; 0 when there is none.</summary>
    public long First => Entries.Count == 0 ? 0 : Entries[0].Seq;

    /// <summary>Seq of the last entry; -1 when there is none, so that no seq lies between first and last.</summary>
    public long Last => Entries.Count == 0 ? -1 : Entries[^1].Seq;

    /// <summary>What the block costs a cache, in bytes.</summary>
    public long Cost { get; }

    /// <summary>The entry of this seq, or null when it is not in the block.</summary>
    /// <param name="seq">The seq to look for.</param>
    public LogEntry? Find(long seq) => seq >= First && seq <= Last ? Entries[(int)(seq - First)] : null;
}
