namespace RSocketIm.Server.Feeds;

/// <summary>How far an inbox has been read in one room.</summary>
/// <param name="Room">The room.</param>
/// <param name="Epoch">What its seqs are of.</param>
/// <param name="Seq">The last one taken.</param>
/// <param name="Head">The last one there is.</param>
internal readonly record struct InboxPosition(string Room, string Epoch, long Seq, long Head);
