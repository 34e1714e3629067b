namespace RSocketIm.Server.Storage;

/// <summary>What is kept of an uploaded file beside its bytes, which are in a file of their own, named by their hash.</summary>
/// <param name="Id">Id.</param>
/// <param name="Room">The room it was uploaded to.</param>
/// <param name="Hash">SHA-256 of the content in lower-case hex; two attachments may share one.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Type">A MIME type.</param>
/// <param name="UploadedBy">The user.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
internal sealed record AttachmentRecord(
    string Id, string Room, string Hash, string Name, long Size, string Type, string UploadedBy, long CreatedAt);
