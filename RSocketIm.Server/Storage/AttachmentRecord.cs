namespace RSocketIm.Server.Storage;

/// <summary>A file that was uploaded to one room. Its bytes are kept under <paramref name="Id"/>, once for all rooms that have it.</summary>
/// <param name="Id">SHA-256 of its bytes, in lower-case hexadecimal.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Name">What the uploader called it.</param>
/// <param name="Type">Its MIME type, as the uploader said.</param>
/// <param name="UploadedBy">Who uploaded it last.</param>
/// <param name="PendingSince">When it was uploaded, in Unix milliseconds, as long as no message has used that upload; else 0.</param>
/// <param name="References">How many messages that are not deleted carry it.</param>
internal sealed record AttachmentRecord(
    string Id, long Size, string Name, string Type, string UploadedBy, long PendingSince, int References)
{
    /// <summary>Whether nothing needs it any more: the store forgets a record that is committed like this.</summary>
    public bool IsUnused => References == 0 && PendingSince == 0;
}
