namespace RSocketIm.Server.Attachments;

/// <summary>What a check of the files found.</summary>
/// <param name="Attachments">Attachments whose files were looked at.</param>
/// <param name="Files">Files that were read.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Problems">One sentence for each file that is missing, not whole or not what was uploaded.</param>
/// <param name="Notes">What is not as it will be, and no damage: files that nothing refers to.</param>
internal sealed record AttachmentReport(long Attachments, long Files, long Bytes, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);
