using System.Net.Security;
using System.Net.Sockets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>MQTT over TCP, with or without TLS.</summary>
internal sealed class TcpMqttTransport(Socket socket, Stream stream) : MqttTransport(stream, socket.RemoteEndPoint)
{
    /// <inheritdoc />
    public override async Task CompleteWritingAsync(CancellationToken patience)
    {
        try
        {
            if (Stream is SslStream secured)
            {
                await secured.ShutdownAsync().WaitAsync(patience).ConfigureAwait(false);
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            Abort(); // it is gone already, or does not read
        }
    }

    /// <inheritdoc />
    public override void Abort() => socket.Close(0);
}
