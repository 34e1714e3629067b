namespace RSocketIm.Server.Contracts;

/// <summary>The form of the ids that <c>attachments.upload</c> gives: SHA-256 of the bytes, 64 hexadecimal digits in lower case.</summary>
internal static class AttachmentId
{
    /// <summary>Whether the text has this form.</summary>
    public static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
