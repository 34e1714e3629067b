namespace RSocketIm.Server.Accounts;

/// <summary>What a token says once its signature has been found right.</summary>
/// <param name="User">Who holds it.</param>
/// <param name="Id">Its own id, by which a guest's name is held.</param>
/// <param name="IsGuest">Whether the user is a guest.</param>
/// <param name="Expires">From when on it is valid no more, the tolerance for its issuer's clock included.</param>
internal sealed record Token(string User, string Id, bool IsGuest, DateTimeOffset Expires);
