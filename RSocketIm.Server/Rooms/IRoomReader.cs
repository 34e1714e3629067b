using RSocketIm.Protocol;

namespace RSocketIm.Server.Rooms;

/// <summary>What a room knows of somebody who reads along: whom to wake, and whom to stop.</summary>
/// <remarks>
/// The links and the index belong to the room and are touched under its lock only; they are here, and not in a set of
/// the room, so that a reader costs the room nothing while it waits for credit.
/// </remarks>
internal interface IRoomReader
{
    /// <summary>The user who reads.</summary>
    string User { get; }

    /// <summary>Seq of the last entry taken. Changes only while the reader is not parked.</summary>
    long Cursor { get; }

    /// <summary>Whether it reads as a member, and is to be stopped when the user leaves a room that may be read by all.</summary>
    bool MembersOnly => false;

    /// <summary>The next open reader of the room.</summary>
    IRoomReader? NextReader { get; set; }

    /// <summary>The previous open reader of the room.</summary>
    IRoomReader? PreviousReader { get; set; }

    /// <summary>Where the reader was last put in the room's parking; meaningful only while it is still there.</summary>
    int ParkedAt { get; set; }

    /// <summary>The log grew past the cursor at which the reader parked; it is parked no more. Must not block.</summary>
    void LogGrew();

    /// <summary>The user may no longer read, or is no member any more and reads as one. Called before any later entry can be seen. Must not block.</summary>
    void RightsLost(RSocketException reason);
}
