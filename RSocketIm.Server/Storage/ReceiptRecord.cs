namespace RSocketIm.Server.Storage;

/// <summary>How far a user has read a room.</summary>
/// <param name="Room">The room's id.</param>
/// <param name="User">The user.</param>
/// <param name="ReadSeq">Seq of the last entry read.</param>
internal readonly record struct ReceiptRecord(string Room, string User, long ReadSeq);
