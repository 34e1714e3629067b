namespace RSocketIm.Server.Storage;

/// <summary>How far a user has read a room.</summary>
/// <param name="User">The user.</param>
/// <param name="ReadSeq">The last seq read, 0 or more. Never moves back, also when the user leaves and comes back.</param>
internal sealed record ReceiptRecord(string User, long ReadSeq);
