using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Accepts MQTT over TCP on one address.</summary>
internal sealed class MqttListener : IAsyncDisposable
{
    // Telling a refusal takes a CONNECT and its time; beyond so many at a time sockets are dropped without a word.
    private const int MaxRefusals = 256;

    private readonly MqttServer server;
    private readonly MqttServices services;
    private readonly ConnectionCount count;
    private readonly TcpAcceptor acceptor;
    private int refusals;

    /// <summary>Listens.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public MqttListener(MqttServer server, MqttServices services, ConnectionCount count, IPEndPoint endPoint)
    {
        this.server = server;
        this.services = services;
        this.count = count;
        acceptor = new TcpAcceptor(endPoint);
        acceptor.Start(accepted => _ = ServeAsync(accepted), error => services.Log.AcceptFailed(EndPoint, error));
    }

    /// <summary>Where it listens, with the port that was taken for port 0.</summary>
    public IPEndPoint EndPoint => acceptor.EndPoint;

    /// <summary>Stops listening; connections go on.</summary>
    public ValueTask DisposeAsync() => acceptor.DisposeAsync();

    private async Task ServeAsync(Socket accepted)
    {
        RSocketException? refusal = null;
        IDisposable? place = null;
        try
        {
            place = count.Enter((accepted.RemoteEndPoint as IPEndPoint)?.Address);
        }
        catch (RSocketException refused)
        {
            refusal = refused;
        }

        using (place)
        {
            if (refusal is null || Interlocked.Increment(ref refusals) <= MaxRefusals)
            {
                await ServeAsync(accepted, refusal).ConfigureAwait(false);
            }
            else
            {
                accepted.Close(0);
            }
        }

        if (refusal is not null)
        {
            Interlocked.Decrement(ref refusals);
        }
    }

    private async Task ServeAsync(Socket accepted, RSocketException? refusal)
    {
        Stream stream;
        using (CancellationTokenSource patience = new(services.Settings.Limits.SetupTimeout, services.Time))
        {
            try
            {
                accepted.NoDelay = true;

                // A client may have no keep alive; then the system finds out when it is gone.
                accepted.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                stream = new NetworkStream(accepted, ownsSocket: true);
                if (services.Settings.Mqtt.Tls is { } tls)
                {
                    SslStream secured = new(stream);
                    await secured.AuthenticateAsServerAsync(tls, patience.Token).ConfigureAwait(false);
                    stream = secured;
                }
            }
            catch (Exception error) when (error is AuthenticationException or IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (patience.IsCancellationRequested)
                {
                    services.Limits.Hit(ConnectionLimit.SetupTimeout);
                }

                services.Log.TlsFailed(EndPoint, error);
                accepted.Dispose();
                return;
            }
        }

        await server.ServeAsync(new TcpMqttTransport(accepted, stream), upgradeToken: null, refusal).ConfigureAwait(false);
    }
}
