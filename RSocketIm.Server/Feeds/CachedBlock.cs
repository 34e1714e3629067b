using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>A place in the <see cref="BlockCache"/> for a block that is being read, is here, or was here.</summary>
/// <remarks>
/// Readers hold on to it while they walk through it. When the cache evicts the block it empties this shell, so what
/// a reader holds that has no credit for a week is the shell and not the block.
/// </remarks>
internal sealed class CachedBlock(Room room, long first)
{
    private volatile EntryBlock? block;

    /// <summary>The room whose log it is from.</summary>
    public Room Room => room;

    /// <summary>Seq of its first entry.</summary>
    public long First => first;

    /// <summary>Seq of its last entry, also after the entries were evicted; 0 while they are read.</summary>
    public long Last { get; private set; }

    /// <summary>The room's <see cref="Room.Redactions"/> before the entries were read.</summary>
    public int Redactions { get; set; }

    /// <summary>Whether one of the entries may have lost its words while they were read. The cache's, under its lock.</summary>
    internal bool IsStale { get; set; }

    /// <summary>The entries; null while they are read and after they were evicted.</summary>
    public EntryBlock? Block => block;

    /// <summary>Who waits for it; null when it has been read. The cache's, under its lock.</summary>
    internal List<IBlockWaiter>? Waiters { get; set; } = [];

    /// <summary>Its place in the cache's order of use. The cache's, under its lock.</summary>
    internal LinkedListNode<CachedBlock>? Place { get; set; }

    /// <summary>The entry of this seq, or null when it is not here.</summary>
    public LogEntry? Find(long seq) => block?.Find(seq);

    internal void Fill(EntryBlock loaded)
    {
        Last = loaded.Last;
        block = loaded;
    }

    internal void Empty() => block = null;
}
