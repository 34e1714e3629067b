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
    private readonly Socket socket;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private int refusals;

    internal RSocketListener(RSocketServer server, IPEndPoint endPoint, SslServerAuthenticationOptions? tls, TimeSpan handshakeTimeout, ILogger logger)
    {
        this.server = server;
        this.tls = tls;
        this.handshakeTimeout = handshakeTimeout;
        this.logger = logger;
        socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen();
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        accepting = AcceptAsync();
    }

    /// <summary>Where it listens, with the port that was taken for port 0.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Stops listening; connections go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        socket.Dispose();
        await accepting.ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await socket.AcceptAsync(stopping.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException && stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException error)
            {
                // The peer was gone before it was accepted, or this process is out of descriptors; either way the next may do.
                AcceptFailed(logger, EndPoint, error);
                await Task.Delay(TimeSpan.FromMilliseconds(10), stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

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
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token))
        {
            patience.CancelAfter(handshakeTimeout);
            try
            {
                transport = await TcpTransport.AcceptAsync(accepted, tls, patience.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is AuthenticationException or IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (patience.IsCancellationRequested && !stopping.IsCancellationRequested)
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
