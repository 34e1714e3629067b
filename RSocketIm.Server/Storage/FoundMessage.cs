namespace RSocketIm.Server.Storage;

/// <summary>A message that a search found, with its newest text.</summary>
internal sealed record FoundMessage(string Room, long Seq, long At, string From, string Text);
