namespace RSocketIm.Server.Storage;

/// <summary>What a user is to a room, in ascending order of what it allows; the numbers are stored.</summary>
internal enum Standing : byte
{
    /// <summary>Nothing in particular.</summary>
    None = 0,

    /// <summary>May not read, join or be invited.</summary>
    Banned = 1,

    /// <summary>May see a private room and join it, but not read it before.</summary>
    Invited = 2,

    /// <summary>Reads and writes. This and what follows are members.</summary>
    Member = 3,

    /// <summary>Also deletes, invites, removes and bans.</summary>
    Moderator = 4,

    /// <summary>Also gives roles; cannot be removed or banned.</summary>
    Owner = 5,
}
