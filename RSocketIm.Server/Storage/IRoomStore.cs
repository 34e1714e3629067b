namespace RSocketIm.Server.Storage;

/// <summary>Keeps the rooms' logs. One caller commits (the commit loop); any number of readers read at the same time.</summary>
/// <remarks>
/// A store keeps the bytes of an entry as they are: they were encoded once and go on the wire unchanged. Any method may
/// throw what its medium throws; callers turn that into <c>unavailable</c>.
/// </remarks>
internal interface IRoomStore
{
    /// <summary>Reads every room's state, once, before anything else is asked.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    IAsyncEnumerable<StoredRoom> LoadRoomsAsync(CancellationToken cancellationToken);

    /// <summary>Makes a batch of additions to many rooms durable: all of it, and on disk when this returns, or nothing.</summary>
    /// <param name="commits">One element a room.</param>
    /// <param name="cancellationToken">Ends the wait where nothing has been written yet.</param>
    /// <remarks>
    /// When this throws, nothing of the batch may ever become visible, for its seqs will be used again. A store that
    /// cannot tell (its disk failed in the middle) must refuse every later commit.
    /// </remarks>
    ValueTask CommitAsync(IReadOnlyList<RoomCommit> commits, CancellationToken cancellationToken);

    /// <summary>Finds messages that have been committed before, for sends that come again.</summary>
    /// <param name="keys">The keys to look for: those of one turn of the commit loop.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One element a key, in order; null where there is no such message.</returns>
    ValueTask<IReadOnlyList<SentEntry?>> FindSendsAsync(IReadOnlyList<SendKey> keys, CancellationToken cancellationToken);

    /// <summary>Reads entries in ascending order.</summary>
    /// <param name="room">The room's id.</param>
    /// <param name="after">The seq before the first one wanted, 0 or more.</param>
    /// <param name="limit">How much at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The entries from <paramref name="after"/> + 1 on; empty when there is none.</returns>
    ValueTask<EntryBlock> ReadAfterAsync(string room, long after, BlockLimit limit, CancellationToken cancellationToken);

    /// <summary>Reads the newest entries before a seq.</summary>
    /// <param name="room">The room's id.</param>
    /// <param name="before">The seq after the last one wanted.</param>
    /// <param name="limit">How much at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The entries up to <paramref name="before"/> - 1, oldest first; empty when there is none.</returns>
    ValueTask<EntryBlock> ReadBeforeAsync(string room, long before, BlockLimit limit, CancellationToken cancellationToken);

    /// <summary>Reads the edits, deletes and reactions that apply to messages of a range, wherever in the log they are.</summary>
    /// <param name="room">The room's id.</param>
    /// <param name="firstTarget">First seq of the range.</param>
    /// <param name="lastTarget">Last seq of the range.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Those entries, in ascending order of their own seq.</returns>
    ValueTask<IReadOnlyList<LogEntry>> ReadTargetingAsync(string room, long firstTarget, long lastTarget, CancellationToken cancellationToken);
}
