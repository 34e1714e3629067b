using Microsoft.Extensions.Logging;

namespace RSocketIm.Protocol.Streams;

/// <summary>What streams log. Never payloads.</summary>
internal static partial class StreamsLog
{
    [LoggerMessage(1, LogLevel.Error, "Stream {StreamId}: the payload source failed.")]
    public static partial void SourceFailed(ILogger logger, int streamId, Exception error);

    [LoggerMessage(2, LogLevel.Error, "Stream {StreamId}: the receiver failed; the stream is cancelled.")]
    public static partial void ReceiverFailed(ILogger logger, int streamId, Exception error);

    [LoggerMessage(3, LogLevel.Error, "Stream {StreamId}: the handler of {Type} failed.")]
    public static partial void HandlerFailed(ILogger logger, int streamId, Frames.FrameType type, Exception error);

    [LoggerMessage(4, LogLevel.Warning, "Stream {StreamId}: the peer sent more payloads than it was granted.")]
    public static partial void CreditExceeded(ILogger logger, int streamId);

    [LoggerMessage(5, LogLevel.Error, "A handler's callback for the end of its stream failed ({Callback}).")]
    public static partial void CallbackFailed(ILogger logger, string callback, Exception error);
}
