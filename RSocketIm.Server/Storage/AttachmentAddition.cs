namespace RSocketIm.Server.Storage;

/// <summary>What became of an attachment that was to be added.</summary>
internal enum AttachmentAddition
{
    /// <summary>It is known, durably.</summary>
    Added,

    /// <summary>Another has its id.</summary>
    IdTaken,

    /// <summary>Its room would have more bytes than it may.</summary>
    RoomIsFull,
}
