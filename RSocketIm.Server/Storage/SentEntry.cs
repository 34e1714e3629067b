namespace RSocketIm.Server.Storage;

/// <summary>Where a message went, found again by its idempotency key.</summary>
/// <param name="Key">Room, sender and the sender's id.</param>
/// <param name="Seq">The entry's seq.</param>
/// <param name="At">The entry's time, in Unix milliseconds.</param>
internal sealed record SentEntry(SendKey Key, long Seq, long At);
