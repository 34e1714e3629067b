namespace RSocketIm.Server.Storage;

/// <summary>A name that a guest holds for a while.</summary>
/// <param name="Name">The name.</param>
/// <param name="Holder">Who holds it: the id of the token it was given for.</param>
/// <param name="Until">When it is free again, in Unix milliseconds.</param>
internal sealed record GuestRecord(string Name, string Holder, long Until);
