using System.Net;

namespace RSocketIm.Server.Gateways;

/// <summary>What happens at the doors.</summary>
internal static partial class GatewaysLog
{
    [LoggerMessage(203, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger log, Exception? error, string method, string path);

    [LoggerMessage(207, LogLevel.Error, "Operation {Operation} of a WebSocket failed.")]
    public static partial void OperationFailed(this ILogger log, Exception error, string operation);

    [LoggerMessage(208, LogLevel.Warning, "{EndPoint}: accepting a connection failed.")]
    public static partial void AcceptFailed(this ILogger log, Exception error, EndPoint endPoint);

    [LoggerMessage(209, LogLevel.Error, "{EndPoint}: a connection could not be served.")]
    public static partial void SortingFailed(this ILogger log, Exception error, EndPoint endPoint);

    [LoggerMessage(204, LogLevel.Information, "{Remote}: a WebSocket from a page of {Origin} was refused; RSocketIm:AllowedOrigins would allow it.")]
    public static partial void OriginRefused(this ILogger log, IPAddress? remote, string origin);
}
