namespace RSocketIm.Server.Storage;

/// <summary>What one turn of the commit loop changes in one room. There may be no entry among it: receipts and attachments have none.</summary>
/// <param name="Room">The room as it is after the commit; a room the store does not know yet is new. When its <c>FirstSeq</c> has grown, the entries before it are to be removed.</param>
/// <param name="Entries">The new entries: seqs follow on the room's old head without a hole, and the last is <c>Room.Head</c>.</param>
/// <param name="Members">Members whose standing changed, once each, as they are afterwards; <see cref="Standing.None"/> removes.</param>
/// <param name="Sends">The idempotency keys of the messages among the entries.</param>
internal sealed record RoomCommit(
    RoomRecord Room,
    IReadOnlyList<LogEntry> Entries,
    IReadOnlyCollection<MemberRecord> Members,
    IReadOnlyCollection<SentEntry> Sends)
{
    /// <summary>
    /// Older entries without the words they had, to be put in the place of those with the same seq: a deleted message and
    /// its edits. Reads give the new bytes from the commit on; the old ones must be gone from search with it, and from the
    /// disk within seconds.
    /// </summary>
    public IReadOnlyCollection<LogEntry> Replaced { get; init; } = [];

    /// <summary>Receipts that moved, once each.</summary>
    public IReadOnlyCollection<ReceiptRecord> Receipts { get; init; } = [];

    /// <summary>Attachments that changed, once each, as they are afterwards; one that <see cref="AttachmentRecord.IsUnused"/> is to be forgotten.</summary>
    public IReadOnlyCollection<AttachmentRecord> Attachments { get; init; } = [];
}
