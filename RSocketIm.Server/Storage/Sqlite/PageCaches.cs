namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>What each SQLite connection of the store may keep of its file's pages, in bytes, out of one sum.</summary>
/// <remarks>A cache is filled as its connection meets pages, and never emptied before the connection is closed.</remarks>
internal readonly record struct PageCaches
{
    /// <summary>Divides the sum.</summary>
    /// <param name="options">The sum, and among how many readers.</param>
    public PageCaches(StoreOptions options)
    {
        long quarter = options.PageCacheBytes / 4;
        LogWriter = quarter;
        LogReader = quarter / options.ReadConnections;
        IdsWriter = quarter / 2;
        IdsReader = quarter / 2;
        SearchWriter = quarter / 2;
        SearchReader = quarter / 2 / SearchIndex.Connections;
    }

    /// <summary>Of the one writer of <c>log.db</c>: what 64 rooms of a busy server touch per commit, many times over; the pages of blocks pass through once.</summary>
    public long LogWriter { get; }

    /// <summary>Of each reader of <c>log.db</c>.</summary>
    public long LogReader { get; }

    /// <summary>Of the writer of <c>ids.db</c>.</summary>
    public long IdsWriter { get; }

    /// <summary>Of the reader of <c>ids.db</c>.</summary>
    public long IdsReader { get; }

    /// <summary>Of the writer of <c>search.db</c>.</summary>
    public long SearchWriter { get; }

    /// <summary>Of each reader of <c>search.db</c>.</summary>
    public long SearchReader { get; }
}
