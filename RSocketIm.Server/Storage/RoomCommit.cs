namespace RSocketIm.Server.Storage;

/// <summary>What one turn of the commit loop adds to one room.</summary>
/// <param name="Room">The room as it is after the commit; a room the store does not know yet is new.</param>
/// <param name="Entries">The new entries: seqs follow on the room's old head without a hole, and the last is <c>Room.Head</c>.</param>
/// <param name="Members">Members whose standing changed, once each, as they are afterwards; <see cref="Standing.None"/> removes.</param>
/// <param name="Sends">The idempotency keys of the messages among the entries.</param>
internal sealed record RoomCommit(
    RoomRecord Room,
    IReadOnlyList<LogEntry> Entries,
    IReadOnlyCollection<MemberRecord> Members,
    IReadOnlyCollection<SentEntry> Sends)
{
    /// <summary>Attachments that the messages among the entries refer to; they are kept for as long as those messages are.</summary>
    public IReadOnlyCollection<AttachmentUse> Attachments { get; init; } = [];
}
