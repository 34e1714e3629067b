namespace RSocketIm.Server.Storage;

/// <summary>What is kept of a room beside its log and its members.</summary>
/// <param name="Room">Id.</param>
/// <param name="Title">Title.</param>
/// <param name="Kind">Who may see, read and join it.</param>
/// <param name="Epoch">Made at random with the log; positions of another epoch mean nothing.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="CreatedBy">The user who made it.</param>
/// <param name="Head">Seq of the last entry, 0 when there is none.</param>
/// <param name="HeadAt">Time of the last entry, in Unix milliseconds; entries never go back in time, whatever the clock does.</param>
internal sealed record RoomRecord(
    string Room, string Title, RoomKind Kind, string Epoch, long CreatedAt, string CreatedBy, long Head, long HeadAt)
{
    /// <summary>Seq of the first entry that retention left, 1 at first. The store's: a commit does not change it.</summary>
    public long FirstSeq { get; init; } = 1;
}
