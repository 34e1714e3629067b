namespace RSocketIm.Server.Storage;

/// <summary>What changes in logs after they were written: words of deleted messages go, and old entries go.</summary>
/// <remarks>Both events are raised when the change is on disk, on a thread of the store's; handlers are quick and do not throw.</remarks>
internal interface IRoomUpkeep
{
    /// <summary>A room's entries were replaced by their <see cref="ScrubbedForm"/>; whoever holds the old ones in memory replaces them too.</summary>
    /// <remarks>
    /// From the moment a commit with a <c>delete</c> entry is answered, reads of the store give the scrubbed forms; this event
    /// follows when the disk has been scrubbed too. A read that began before the commit may still bring the old ones.
    /// </remarks>
    event Action<string, IReadOnlyList<LogEntry>> EntriesScrubbed;

    /// <summary>A room now begins at this seq: readers before it get a gap.</summary>
    event Action<string, long> FirstSeqMoved;

    /// <summary>Removes the entries before a seq, as retention does.</summary>
    /// <param name="room">The room's id; an unknown one has nothing to remove.</param>
    /// <param name="firstSeq">The seq of the first entry to keep, at most head + 1.</param>
    /// <param name="cancellationToken">Ends the wait before anything was removed.</param>
    ValueTask RemoveBeforeAsync(string room, long firstSeq, CancellationToken cancellationToken);
}
