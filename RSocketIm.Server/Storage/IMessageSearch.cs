namespace RSocketIm.Server.Storage;

/// <summary>Finds messages by their words, a moment after they were sent.</summary>
internal interface IMessageSearch
{
    /// <summary>Finds messages, newest first.</summary>
    /// <param name="query">What somebody typed: words that must all be there, the last one may be the beginning of a word. Nothing in it is syntax.</param>
    /// <param name="room">The only room to look in; null for all.</param>
    /// <param name="mayRead">Whether the caller may read a room; asked for each message found, on any thread.</param>
    /// <param name="limit">Most messages, 1 or more.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<FoundMessages> SearchAsync(string query, string? room, Func<string, bool> mayRead, int limit, CancellationToken cancellationToken);
}
