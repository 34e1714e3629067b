using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>What readers get in the place of entries that are not retained: one <c>gap</c> for all of them, which costs a credit like any entry.</summary>
internal static class GapEntry
{
    /// <summary>Makes the gap from a seq to a seq.</summary>
    /// <remarks>Its time is that of the room's head, for no clock was read when the entries went, and entries never go back in time.</remarks>
    public static LogEntry Create(Room room, long seq, long to) => LogEntry.Encode(new RoomEvent
    {
        Room = room.Id,
        Seq = seq,
        At = room.Record.HeadAt,
        Type = RoomEventTypes.Gap,
        To = to,
        Reason = RoomEventTypes.GapReasonRetention,
    });
}
