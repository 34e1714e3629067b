namespace RSocketIm.Server.Routing;

/// <summary>What goes wrong on the way from a request to its answer.</summary>
internal static partial class RoutingLog
{
    [LoggerMessage(300, LogLevel.Error, "Route {Route} failed on connection {Connection}.")]
    public static partial void HandlerFailed(this ILogger log, Exception error, string? route, string connection);

    [LoggerMessage(301, LogLevel.Debug, "Connection {Connection}: a fire-and-forget was dropped: {Reason}")]
    public static partial void OneWayRefused(this ILogger log, string connection, string reason);
}
