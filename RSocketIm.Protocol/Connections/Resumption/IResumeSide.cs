namespace RSocketIm.Protocol.Connections.Resumption;

/// <summary>What sets the two sides of resumption apart: a server waits for RESUME and shares its memory between sessions, a client connects.</summary>
internal interface IResumeSide
{
    /// <summary>The session has no transport any more and waits for another: from now on it may be resumed.</summary>
    void Parked(ResumableSession session);

    /// <summary>The session has a transport again.</summary>
    void Resumed(ResumableSession session);

    /// <summary>The session can no longer be resumed, or is over. May be called more than once.</summary>
    void GivenUp(ResumableSession session);

    /// <summary>The session's connection goes on, but cannot be resumed any more.</summary>
    void Lost(ResumableSession session, string reason);

    /// <summary>Asks for memory for unacknowledged frames.</summary>
    /// <returns>False when there is none to be had.</returns>
    bool TryCharge(int bytes);

    /// <summary>Gives memory back.</summary>
    void Release(long bytes);
}
