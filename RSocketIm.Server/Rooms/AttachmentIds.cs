using System.Security.Cryptography;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Rooms;

/// <summary>The ids that <c>attachments.upload</c> gives: 32 hexadecimal digits in lower case, made at random.</summary>
/// <remarks>
/// Not the hash of the content: who knows a content would know that somebody has uploaded it. A message may also carry
/// ids of any other form, a client's own names for what it keeps elsewhere; the server passes them on and knows nothing of them.
/// </remarks>
internal static class AttachmentIds
{
    /// <summary>Makes an id.</summary>
    public static string Create() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Whether the text has the form of ours.</summary>
    public static bool IsOurs(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);

    /// <summary>The ids of ours that a message carries, once each however often it names them.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<AttachmentInfo>? carried) =>
        carried is null ? [] : [.. carried.Select(attachment => attachment.Id).Where(IsOurs).Distinct(StringComparer.Ordinal)];
}
