namespace RSocketIm.Server.Storage;

/// <summary>A user with a password.</summary>
/// <param name="Name">The user.</param>
/// <param name="PasswordHash">As <c>PasswordHasher</c> makes it; never the password.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
internal sealed record AccountRecord(string Name, string PasswordHash, long CreatedAt);
