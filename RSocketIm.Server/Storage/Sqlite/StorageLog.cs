namespace RSocketIm.Server.Storage.Sqlite;

internal static partial class StorageLog
{
    [LoggerMessage(300, LogLevel.Information, "Opened {Directory}: {Rooms} rooms, schema version {Version}.")]
    public static partial void Opened(this ILogger log, string directory, int rooms, int version);

    [LoggerMessage(301, LogLevel.Error, "The store cannot write ({Jobs} jobs failed, nothing of them is there); it tries again every second.")]
    public static partial void WriteFailed(this ILogger log, Exception error, int jobs);

    [LoggerMessage(302, LogLevel.Error, "A failed transaction could not be rolled back; the file is opened anew.")]
    public static partial void RollbackFailed(this ILogger log, Exception error);

    [LoggerMessage(303, LogLevel.Warning, "The store was opened anew after a failed sync; the heads are those that were acknowledged.")]
    public static partial void Reopened(this ILogger log);

    [LoggerMessage(304, LogLevel.Information, "The store writes again.")]
    public static partial void Recovered(this ILogger log);

    [LoggerMessage(305, LogLevel.Warning, "A checkpoint failed and will be tried again.")]
    public static partial void CheckpointFailed(this ILogger log, Exception error);

    [LoggerMessage(306, LogLevel.Critical, "Entries {First}..{Last} of room {Room} are damaged on disk: {Why} They are set aside; run verify.")]
    public static partial void Damaged(this ILogger log, string room, long first, long last, string why);

    [LoggerMessage(307, LogLevel.Warning, "{File} is not of this log, newer than it, or unreadable; it is made again from the log.")]
    public static partial void DerivedFileDropped(this ILogger log, string file, Exception? error);

    [LoggerMessage(308, LogLevel.Error, "{Work} failed and will be tried again.")]
    public static partial void BackgroundFailed(this ILogger log, Exception error, string work);

    [LoggerMessage(309, LogLevel.Information, "Room {Room}: the words of {Messages} deleted messages are gone from disk.")]
    public static partial void Scrubbed(this ILogger log, string room, int messages);

    [LoggerMessage(311, LogLevel.Warning, "This is the backup of {Taken}: {Rooms} rooms have a new epoch, so that readers who were ahead of it start anew.")]
    public static partial void Restored(this ILogger log, string taken, int rooms);

    [LoggerMessage(312, LogLevel.Warning, "{File} lay beside a backup and is not its own; it was removed.")]
    public static partial void ForeignWalDropped(this ILogger log, string file);

    [LoggerMessage(310, LogLevel.Information, "Room {Room}: retention removed what was before {FirstSeq}.")]
    public static partial void Retained(this ILogger log, string room, long firstSeq);
}
