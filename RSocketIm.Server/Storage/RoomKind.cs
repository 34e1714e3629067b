namespace RSocketIm.Server.Storage;

/// <summary>Who may see, read and join a room; the numbers are stored.</summary>
internal enum RoomKind : byte
{
    /// <summary>Anyone may see, read and join it.</summary>
    Public = 0,

    /// <summary>By invitation; for others it does not exist.</summary>
    Private = 1,

    /// <summary>Exactly two users.</summary>
    Direct = 2,
}
