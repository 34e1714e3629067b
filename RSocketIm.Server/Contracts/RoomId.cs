using System.Buffers;

namespace RSocketIm.Server.Contracts;

/// <summary>The form of a room's id: <c>[a-z0-9][a-z0-9._:-]{0,63}</c>, or <c>dm:</c> and two users for a direct room.</summary>
internal static class RoomId
{
    /// <summary>Most bytes of an id that is not a direct room's.</summary>
    public const int MaxBytes = 64;

    /// <summary>Most bytes of any id: a direct room names two users of 32 bytes.</summary>
    public const int MaxDirectBytes = 3 + UserId.MaxBytes + 1 + UserId.MaxBytes;

    public const string Allowed = "a room id: 1 to 64 of a-z 0-9 . _ : - beginning with a letter or digit, or dm:<lesser user>:<greater user>";

    public const string AllowedToCreate = "a room id: 1 to 64 of a-z 0-9 . _ : - beginning with a letter or digit, and not with dm:";

    private const string DirectPrefix = "dm:";

    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>Whether the text has the form of a room's id, direct or not.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxDirectBytes
        && char.IsAsciiLetterOrDigit(text[0])
        && !text.ContainsAnyExcept(Characters)
        && (text.Length <= MaxBytes || TrySplitDirect(text, out _, out _));

    /// <summary>Whether <c>rooms.create</c> may use the id; those of direct rooms come from <c>rooms.open</c> alone.</summary>
    public static bool IsValidToCreate(ReadOnlySpan<char> text) => IsValid(text) && !text.StartsWith(DirectPrefix);

    /// <summary>The id of the direct room of two users, whoever of them asks.</summary>
    /// <exception cref="ArgumentException">A name has not the form of a user's, or both are the same.</exception>
    public static string ForDirect(string one, string other)
    {
        int order = string.CompareOrdinal(one, other);
        if (order == 0 || !UserId.IsValid(one) || !UserId.IsValid(other))
        {
            throw new ArgumentException($"A direct room is of two different users, not of \"{one}\" and \"{other}\".", nameof(other));
        }

        return order < 0 ? $"{DirectPrefix}{one}:{other}" : $"{DirectPrefix}{other}:{one}";
    }

    /// <summary>The two users of a direct room's id.</summary>
    /// <param name="id">Any id.</param>
    /// <param name="lesser">The user that sorts first.</param>
    /// <param name="greater">The other.</param>
    /// <returns>False when the id is not a direct room's, or names its users in the wrong order.</returns>
    public static bool TrySplitDirect(ReadOnlySpan<char> id, out ReadOnlySpan<char> lesser, out ReadOnlySpan<char> greater)
    {
        lesser = default;
        greater = default;
        if (!id.StartsWith(DirectPrefix))
        {
            return false;
        }

        // A user's name has no colon, so there is one way to split.
        ReadOnlySpan<char> users = id[DirectPrefix.Length..];
        int colon = users.IndexOf(':');
        if (colon < 0)
        {
            return false;
        }

        ReadOnlySpan<char> first = users[..colon];
        ReadOnlySpan<char> second = users[(colon + 1)..];
        if (!UserId.IsValid(first) || !UserId.IsValid(second) || first.SequenceCompareTo(second) >= 0)
        {
            return false;
        }

        lesser = first;
        greater = second;
        return true;
    }
}
