namespace RSocketIm.Server.Feeds;

internal static partial class FeedsLog
{
    [LoggerMessage(200, LogLevel.Error, "Room {Room}: entries from {First} on could not be read; the feeds that wait for them end.")]
    public static partial void BlockReadFailed(this ILogger log, Exception error, string room, long first);

    [LoggerMessage(201, LogLevel.Error, "Room {Room}: history could not be read.")]
    public static partial void HistoryFailed(this ILogger log, Exception error, string room);

    [LoggerMessage(202, LogLevel.Error, "The search failed.")]
    public static partial void SearchFailed(this ILogger log, Exception error);
}
