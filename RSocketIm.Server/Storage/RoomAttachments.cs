namespace RSocketIm.Server.Storage;

/// <summary>What a room's attachments take.</summary>
/// <param name="Bytes">Bytes of their contents, each content once.</param>
/// <param name="HasContent">Whether the content that was asked for is one of them: to add it again takes nothing.</param>
internal readonly record struct RoomAttachments(long Bytes, bool HasContent);
