using System.Net.WebSockets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary><c>/mqtt</c>: MQTT over WebSocket.</summary>
internal sealed class MqttEndpoint(MqttServer server, WebSocketDoor door)
{
    public const string Path = "/mqtt";

    /// <summary>Adds the endpoint.</summary>
    // MQTT has PINGREQ; pings below it would only wake idle connections once more.
    public void Map(WebApplication app) => door.Map(app, Path, "MQTT", ["mqtt"], ServeAsync);

    private async Task ServeAsync(WebSocketRequest request)
    {
        string? token = request.Token;
        WebSocket webSocket = await request.AcceptAsync().ConfigureAwait(false);
        await server.ServeAsync(new WebSocketMqttTransport(webSocket, request.Remote), token).ConfigureAwait(false);
    }
}
