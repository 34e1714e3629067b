using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol;

/// <summary>Accepts TCP connections for an <see cref="RSocketServer"/>.</summary>
public sealed partial class RSocketListener : IAsyncDisposable
{
    // Telling a refusal takes a handshake with TLS and up to two seconds; beyond so many at a time sockets are dropped without a word.
    private const int MaxRefusals = 256;

    private readonly RSocketServer server;
    private readonly SslServerAuthenticationOptions? tls;
    private readonly TimeSpan handshakeTimeout;
    private readonly ILogger logger;
    private readonly TcpAcceptor acceptor;
    private int refusals;

    internal RSocketListener(RSocketServer server, IPEndPoint endPoint, SslServerAuthenticationOptions? tls, TimeSpan handshakeTimeout, ILogger logger)
    {
        this.server = server;
        this.tls = tls;
        this.handshakeTimeout = handshakeTimeout;
        this.logger = logger;
        acceptor = new TcpAcceptor(endPoint);
        acceptor.Start(accepted => _ = ServeAsync(accepted), error => AcceptFailed(logger, EndPoint, error));
    }

    /// <summary>Where it listens, with the port that was taken for port 0.</summary>
    public IPEndPoint EndPoint => acceptor.EndPoint;

    /// <summary>Stops listening; connections go on.</summary>
    public ValueTask DisposeAsync() => acceptor.DisposeAsync();

    private async Task ServeAsync(Socket accepted)
    {
        RSocketException? refusal = server.Admit(accepted.RemoteEndPoint, out IDisposable? place);
        using (place)
        {
            if (refusal is null)
            {
                await ServeAsync(accepted, null).ConfigureAwait(false);
                return;
            }
        }

        if (Interlocked.Increment(ref refusals) <= MaxRefusals)
        {
            await ServeAsync(accepted, refusal).ConfigureAwait(false);
        }
        else
        {
            accepted.Close(0);
        }

        Interlocked.Decrement(ref refusals);
    }

    private async Task ServeAsync(Socket accepted, RSocketException? refusal)
    {
        FrameTransport transport;
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(acceptor.Stopping))
        {
            patience.CancelAfter(handshakeTimeout);
            try
            {
                transport = await TcpTransport.AcceptAsync(accepted, tls, patience.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is AuthenticationException or IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (patience.IsCancellationRequested && !acceptor.Stopping.IsCancellationRequested)
                {
                    server.Hit(ConnectionLimit.SetupTimeout);
                }

                TlsFailed(logger, EndPoint, error);
                return;
            }
        }

        await (refusal is null ? server.ServeAsync(transport) : server.RefuseAsync(transport, refusal)).ConfigureAwait(false);
    }

    [LoggerMessage(40, LogLevel.Warning, "{EndPoint}: accepting a connection failed.")]
    private static partial void AcceptFailed(ILogger logger, EndPoint endPoint, Exception error);

    [LoggerMessage(41, LogLevel.Debug, "{EndPoint}: the TLS handshake failed.")]
    private static partial void TlsFailed(ILogger logger, EndPoint endPoint, Exception error);
}
