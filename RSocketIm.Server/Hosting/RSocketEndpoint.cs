using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Gateways;
using RSocketIm.Server.Gateways.Front;

namespace RSocketIm.Server.Hosting;

/// <summary><c>/rsocket</c>: RSocket over WebSocket.</summary>
/// <remarks>
/// There are two ways in. The long one is a request of the web server: over TLS and HTTP/2, and for whoever is to be told why not. The short one
/// is for a handshake with which all is in order: it takes the socket before there is a request, and that is most of what a client
/// that waits would cost.
/// </remarks>
internal sealed class RSocketEndpoint(
    RSocketServer server, SetupJudge judge, WebSocketDoor door, ConnectionCount connections, ServerState state, ServerSettings settings) : IUpgradeDoor
{
    public const string Path = "/rsocket";

    private const string Subprotocol = "rsocket";

    bool IUpgradeDoor.IsOpen => state.IsReady;

    /// <summary>Adds the endpoint.</summary>
    // RSocket has KEEPALIVE; pings below it would only wake idle connections once more.
    public void Map(WebApplication app) => door.Map(app, Path, "RSocket", [Subprotocol], ServeAsync);

    async Task<bool> IUpgradeDoor.TryServeAsync(Socket socket, UpgradeRequest request)
    {
        if (request.Path != Path || socket.RemoteEndPoint is not IPEndPoint remote
            || !OriginPolicy.Allows(request.Origin, request.Host, settings.AllowedOrigins) || !connections.TryEnter(remote.Address, out IDisposable? place))
        {
            return false;
        }

        try
        {
            SocketPipe pipe = new(socket);
            ReadResult head = await pipe.Input.ReadAtLeastAsync(request.Length).ConfigureAwait(false);
            pipe.Input.AdvanceTo(head.Buffer.GetPosition(request.Length));
            bool isNamed = request.Protocols is { } protocols && UpgradeRequest.Names(protocols, Subprotocol, StringComparison.Ordinal);
            WebSocketHandshake.Answer(pipe.Output, request.Key, isNamed ? Subprotocol : null);
            await pipe.Output.FlushAsync().ConfigureAwait(false);
            WebSocketServerTransport transport = new(pipe, remote, pipe.Abort, new OpenedSocket(socket, place));
            server.Serve(transport, Acceptor(BearerToken.Of(request.Authorization)));
            return true;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private async Task ServeAsync(WebSocketRequest request)
    {
        IDuplexPipe pipe = await request.AcceptPipeAsync().ConfigureAwait(false);
        WebSocketServerTransport transport = new(pipe, request.Remote, request.Context.Abort);
        string? token = request.Token;
        request.Context.Request.Headers.Clear(); // nobody asks for them any more, and their texts would stay as long as the connection
        await server.ServeAsync(transport, Acceptor(token)).ConfigureAwait(false);
    }

    private ConnectionAcceptor Acceptor(string? token) => (setup, connection, _) => judge.JudgeAsync(setup, connection, token);

    // What is left of the way in while the connection lasts.
    private sealed class OpenedSocket(Socket socket, IDisposable place) : IDisposable
    {
        public void Dispose()
        {
            socket.Dispose();
            place.Dispose();
        }
    }
}
