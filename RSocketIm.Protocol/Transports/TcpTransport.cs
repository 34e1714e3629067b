using System.Net.Security;
using System.Net.Sockets;

namespace RSocketIm.Protocol.Transports;

/// <summary>RSocket over TCP, with or without TLS.</summary>
/// <remarks>Spec: Protocol.md, "Framing Protocol Usage"; Extensions none. TCP_NODELAY is on: the write loop flushes once per batch already.</remarks>
public sealed class TcpTransport : PipeTransport
{
    private readonly Socket socket;
    private readonly SslStream? secured;

    private TcpTransport(Socket socket, SslStream? secured)
        : base(secured is null ? new SocketPipe(socket) : new StreamPipe(secured), $"{(secured is null ? "tcp" : "tcps")} {socket.RemoteEndPoint}", socket.RemoteEndPoint)
    {
        this.socket = socket;
        this.secured = secured;
    }

    /// <summary>Connects to a server.</summary>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1..65,535.</param>
    /// <param name="tls">TLS settings; null: no TLS. An empty target host is filled in with <paramref name="host"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SocketException">There is no connection to be had.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">TLS failed.</exception>
    public static async ValueTask<TcpTransport> ConnectAsync(
        string host, int port, SslClientAuthenticationOptions? tls = null, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            if (tls is null)
            {
                return new TcpTransport(socket, null);
            }

            var secured = new SslStream(new NetworkStream(socket, ownsSocket: true));
            tls.TargetHost = string.IsNullOrEmpty(tls.TargetHost) ? host : tls.TargetHost;
            await secured.AuthenticateAsClientAsync(tls, cancellationToken).ConfigureAwait(false);
            return new TcpTransport(socket, secured);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes over a socket that a listener accepted.</summary>
    /// <param name="socket">The socket; the transport closes it.</param>
    /// <param name="tls">TLS settings; null: no TLS.</param>
    /// <param name="cancellationToken">Ends the TLS handshake.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">TLS failed.</exception>
    public static async ValueTask<TcpTransport> AcceptAsync(
        Socket socket, SslServerAuthenticationOptions? tls = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        try
        {
            socket.NoDelay = true;
            if (tls is null)
            {
                return new TcpTransport(socket, null);
            }

            var secured = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await secured.AuthenticateAsServerAsync(tls, cancellationToken).ConfigureAwait(false);
            return new TcpTransport(socket, secured);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CompleteWritingAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (secured is not null)
            {
                await secured.ShutdownAsync().ConfigureAwait(false);
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            throw TransportFailure.From(error);
        }
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        socket.Close(0); // resets: there is nobody to be polite to
        base.Abort();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            // Completing the writer tries to flush what an aborted socket did not take; there is nothing left to do about it.
            socket.Dispose();
        }

        if (secured is not null)
        {
            await secured.DisposeAsync().ConfigureAwait(false);
        }

        socket.Dispose();
    }
}
