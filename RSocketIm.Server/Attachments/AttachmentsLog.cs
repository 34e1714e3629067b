namespace RSocketIm.Server.Attachments;

internal static partial class AttachmentsLog
{
    [LoggerMessage(600, LogLevel.Error, "Room {Room}: an upload failed.")]
    public static partial void UploadFailed(this ILogger log, Exception error, string room);

    [LoggerMessage(601, LogLevel.Error, "Room {Room}: attachment {Id} could not be read.")]
    public static partial void DownloadFailed(this ILogger log, Exception error, string room, string id);

    [LoggerMessage(602, LogLevel.Error, "Looking for attachments that are not used failed.")]
    public static partial void SweepFailed(this ILogger log, Exception error);

    [LoggerMessage(603, LogLevel.Information, "Removed {Attachments} attachments that no message carries.")]
    public static partial void Swept(this ILogger log, int attachments);
}
