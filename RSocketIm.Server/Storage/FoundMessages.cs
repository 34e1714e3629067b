namespace RSocketIm.Server.Storage;

/// <summary>What a search found.</summary>
/// <param name="Messages">Newest first.</param>
/// <param name="More">Whether there are more than were asked for.</param>
internal sealed record FoundMessages(IReadOnlyList<FoundMessage> Messages, bool More);
