namespace RSocketIm.Server.Hosting;

/// <summary>What happens to the server as a whole.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(200, LogLevel.Information, "Draining: {Connections} connections, at most {Timeout}.")]
    public static partial void Draining(this ILogger log, int connections, TimeSpan timeout);

    [LoggerMessage(201, LogLevel.Information, "Drained.")]
    public static partial void Drained(this ILogger log);

    [LoggerMessage(202, LogLevel.Warning, "The time to drain is over; the connections that are left are closed now.")]
    public static partial void DrainTimedOut(this ILogger log);

    [LoggerMessage(206, LogLevel.Warning, "Tails, blocks and unread counts may take {Caches} bytes together, but at {Mark} bytes of memory new connections are refused; lower RSocketIm:Limits:TailBytes or give the server more memory.")]
    public static partial void CachesTooLarge(this ILogger log, long caches, long mark);

    [LoggerMessage(205, LogLevel.Warning, "The web client that this build was made with is gone; build again to have it.")]
    public static partial void PagesMissing(this ILogger log);
}
