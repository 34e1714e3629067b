namespace RSocketIm.LoadTest.Mixed;

/// <summary>What a user does.</summary>
internal enum MixedOperation
{
    /// <summary>Connects, signs in, enters its rooms and reads them on.</summary>
    Connect,

    /// <summary>Sends a message.</summary>
    Send,

    /// <summary>Reads a page of history.</summary>
    History,

    /// <summary>Searches for a word.</summary>
    Search,

    /// <summary>Says how far it has read.</summary>
    Receipt,

    /// <summary>Asks who is there.</summary>
    Presence,

    /// <summary>Leaves a room and enters another.</summary>
    Move,

    /// <summary>Goes, and comes back.</summary>
    Reconnect,
}
