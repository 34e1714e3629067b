using System.Net;

namespace RSocketIm.Server.Gateways.Mqtt;

internal static partial class MqttLog
{
    [LoggerMessage(400, LogLevel.Error, "Room {Room}: its last message could not be read.")]
    public static partial void RetainedUnreadable(this ILogger log, Exception error, string room);

    [LoggerMessage(401, LogLevel.Information, "MQTT {Remote}: closed with 0x{Code:x2}. {Reason}")]
    public static partial void Closed(this ILogger log, EndPoint? remote, byte code, string reason);

    [LoggerMessage(402, LogLevel.Error, "MQTT {Remote}: the connection failed.")]
    public static partial void ConnectionFailed(this ILogger log, Exception error, EndPoint? remote);

    [LoggerMessage(403, LogLevel.Warning, "MQTT: the will of {User} was not published: {Reason}")]
    public static partial void WillRefused(this ILogger log, string user, string reason);

    [LoggerMessage(404, LogLevel.Error, "MQTT: sessions could not be swept.")]
    public static partial void SweepFailed(this ILogger log, Exception error);

    [LoggerMessage(405, LogLevel.Warning, "{EndPoint}: accepting a connection failed.")]
    public static partial void AcceptFailed(this ILogger log, EndPoint endPoint, Exception error);

    [LoggerMessage(406, LogLevel.Debug, "{EndPoint}: the TLS handshake failed.")]
    public static partial void TlsFailed(this ILogger log, EndPoint endPoint, Exception error);

    [LoggerMessage(408, LogLevel.Error, "Room {Room}: its signals could not be listened to.")]
    public static partial void ListeningFailed(this ILogger log, Exception error, string room);

    [LoggerMessage(407, LogLevel.Debug, "MQTT {User}: a message of QoS 0 was refused with 0x{Code:x2}.")]
    public static partial void PublishRefused(this ILogger log, string user, byte code);
}
