namespace RSocketIm.Server.Storage;

/// <summary>A message refers to an attachment.</summary>
/// <param name="Seq">The message's seq.</param>
/// <param name="Id">The attachment's id.</param>
internal readonly record struct AttachmentUse(long Seq, string Id);
