using System.Buffers;

namespace RSocketIm.Server.Contracts;

/// <summary>The form of a user's name: <c>[a-z0-9][a-z0-9._-]{0,31}</c>.</summary>
internal static class UserId
{
    public const int MaxBytes = 32;

    public const string Allowed = "a user name: 1 to 32 of a-z 0-9 . _ - beginning with a letter or digit";

    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Whether the text has this form; whether there is such a user is another question.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxBytes && char.IsAsciiLetterOrDigit(text[0]) && !text.ContainsAnyExcept(Characters);
}
