using RSocketIm.Server.Contracts;


namespace RSocketIm.Server.Rooms;

/// <summary>What stays of an entry when its message is deleted. Pure.</summary>
internal static class Redaction
{
    /// <summary>A message that keeps its place, sender and id, and nothing of what it said.</summary>
    public static RoomEvent OfMessage(RoomEvent message) => message with
    {
        Deleted = true,
        Text = null,
        Mentions = null,
        Attachments = null,
        Meta = null,
        EditedAt = null,
        Reactions = null,
    };

    /// <summary>An edit that says only that there was one.</summary>
    /// <param name="room">The room's id.</param>
    /// <param name="target">Seq of the message.</param>
    /// <param name="author">The message's, who alone may edit it.</param>
    /// <param name="seq">The edit's seq.</param>
    /// <param name="at">The edit's time, in Unix milliseconds.</param>
    public static RoomEvent OfEdit(string room, long target, string author, long seq, long at) =>
        new() { Room = room, Seq = seq, At = at, Type = RoomEventTypes.Edit, From = author, Target = target };

}
