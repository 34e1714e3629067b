namespace RSocketIm.Server.Storage;

/// <summary>The <c>type</c> of an entry, as far as the server acts on it.</summary>
internal enum EntryKind : byte
{
    /// <summary>A message.</summary>
    Message = 0,

    /// <summary>New words for a message.</summary>
    Edit = 1,

    /// <summary>A message taken back.</summary>
    Delete = 2,

    /// <summary>A reaction set or taken back.</summary>
    Reaction = 3,

    /// <summary>A change of membership.</summary>
    Member = 4,

    /// <summary>A change of the room itself.</summary>
    Room = 5,

    /// <summary>A message that was deleted: it keeps its seq, sender and id, and has no words any more.</summary>
    Redacted = 6,

    /// <summary>Stands for entries that are not retained; made for readers and never stored.</summary>
    Gap = 7,
}
