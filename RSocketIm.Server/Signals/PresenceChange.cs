namespace RSocketIm.Server.Signals;

/// <summary>A user came online or went offline.</summary>
/// <param name="User">The user.</param>
/// <param name="Online">Which of the two.</param>
/// <param name="At">When, in Unix milliseconds.</param>
internal readonly record struct PresenceChange(string User, bool Online, long At);
