namespace RSocketIm.Protocol.Connections;

/// <summary>Why a RESUME was answered REJECTED_RESUME.</summary>
public enum ResumeRefusal
{
    /// <summary>This server does not resume sessions.</summary>
    Off,

    /// <summary>There is no session of this token: it never was, its time is over, or it was given up.</summary>
    UnknownToken,

    /// <summary>A position is older than what is kept, ahead of what was sent, or inside a frame.</summary>
    Position,

    /// <summary>The application forbids it: the rights of the session's client are over.</summary>
    Forbidden,
}
