using System.Net;
using System.Net.WebSockets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>MQTT over WebSocket: binary messages, whose borders mean nothing (MQTT 5.0, 6).</summary>
internal sealed class WebSocketMqttTransport(WebSocket webSocket, EndPoint? remote) : MqttTransport(new WebSocketBytes(webSocket), remote)
{
    /// <inheritdoc />
    public override async Task CompleteWritingAsync(CancellationToken patience)
    {
        try
        {
            if (webSocket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                WebSocketCloseStatus status = ((WebSocketBytes)Stream).IsBroken ? WebSocketCloseStatus.InvalidMessageType : WebSocketCloseStatus.NormalClosure;
                await webSocket.CloseOutputAsync(status, null, patience).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            Abort(); // it is gone already, or does not read
        }
    }

    /// <inheritdoc />
    public override void Abort()
    {
        webSocket.Abort();
        webSocket.Dispose();
    }
}
