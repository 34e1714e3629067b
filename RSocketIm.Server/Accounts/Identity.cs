namespace RSocketIm.Server.Accounts;

/// <summary>Who somebody is, and for how long that has been shown.</summary>
/// <param name="User">The user.</param>
/// <param name="Expires">When the token's time is over; null for who came with a name and a password, which hold as long as the connection.</param>
internal sealed record Identity(string User, DateTimeOffset? Expires);
