namespace RSocketIm.Server.Storage;

/// <summary>A file that attachments refer to, for a check of everything.</summary>
/// <param name="Hash">What names it: SHA-256 of its bytes in lower-case hex.</param>
/// <param name="Size">How long it must be, in bytes.</param>
/// <param name="Attachments">How many refer to it.</param>
/// <param name="Id">The id of one of them.</param>
internal sealed record AttachmentContent(string Hash, long Size, long Attachments, string Id);
