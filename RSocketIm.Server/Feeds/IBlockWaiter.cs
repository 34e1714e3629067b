using RSocketIm.Protocol;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>A reader that asked the block cache for an entry and was told to wait. Neither method may block.</summary>
internal interface IBlockWaiter
{
    /// <summary>The block is here.</summary>
    /// <param name="place">Where it is kept, for as long as the cache has room.</param>
    /// <param name="block">Its entries; the one that was asked for is among them unless they had to stop short of it.</param>
    void BlockLoaded(CachedBlock place, EntryBlock block);

    /// <summary>The store failed, or has no such entry.</summary>
    void BlockFailed(RSocketException reason);
}
