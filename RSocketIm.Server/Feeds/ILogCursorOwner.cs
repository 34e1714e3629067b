using RSocketIm.Protocol;

namespace RSocketIm.Server.Feeds;

/// <summary>The feed that a <see cref="LogCursor"/> reads for. Called by the commit loop, by reads of the store, or from within a take; must not block.</summary>
internal interface ILogCursorOwner
{
    /// <summary>There may be an entry to take.</summary>
    void CursorReady(LogCursor cursor);

    /// <summary>The user may no longer read the room, or the server stops; nothing can be taken any more.</summary>
    void CursorStopped(LogCursor cursor, RSocketException reason);

    /// <summary>The store could not give what comes next.</summary>
    void CursorFailed(LogCursor cursor, RSocketException reason);
}
