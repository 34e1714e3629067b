namespace RSocketIm.Server.Storage;

/// <summary>What makes a send the same send: the sender's id for it, within one room.</summary>
internal readonly record struct SendKey(string Room, string User, string Id);
