namespace RSocketIm.Server.Rooms;

internal static partial class RoomsLog
{
    [LoggerMessage(100, LogLevel.Error, "A commit of {Commands} commands failed; nothing of it has happened.")]
    public static partial void CommitFailed(this ILogger log, Exception error, int commands);

    [LoggerMessage(101, LogLevel.Error, "Room {Room}: telling its readers of a commit failed.")]
    public static partial void PublishFailed(this ILogger log, Exception error, string room);

    [LoggerMessage(103, LogLevel.Error, "{Command} for room {Room} failed.")]
    public static partial void CommandFailed(this ILogger log, Exception error, string command, string room);

    [LoggerMessage(104, LogLevel.Error, "Room {Room}: unread messages could not be counted.")]
    public static partial void UnreadFailed(this ILogger log, Exception error, string room);

    [LoggerMessage(105, LogLevel.Error, "{Receipts} receipts could not be written.")]
    public static partial void ReceiptsFailed(this ILogger log, Exception error, int receipts);

    [LoggerMessage(102, LogLevel.Information, "Loaded {Rooms} rooms with {Members} members.")]
    public static partial void Loaded(this ILogger log, int rooms, int members);
}
