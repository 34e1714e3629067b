using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol;
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

    bool IUpgradeDoor.TryServe(Socket socket, UpgradeRequest request)
    {
        if (request.Path != Path || socket.RemoteEndPoint is not IPEndPoint remote
            || !OriginPolicy.Allows(request.Origin, request.Host, settings.AllowedOrigins) || !connections.TryEnter(remote.Address, out IDisposable? place))
        {
            return false;
        }

        _ = ServeAsync(socket, place, request);
        return true;
    }

    private static async ValueTask<WebSocketServerTransport> AcceptAsync(Socket socket, UpgradeRequest request)
    {
        SocketPipe pipe = new(socket);
        ReadResult head = await pipe.Input.ReadAtLeastAsync(request.Length).ConfigureAwait(false);
        pipe.Input.AdvanceTo(head.Buffer.GetPosition(request.Length));
        bool isNamed = request.Protocols is { } protocols && UpgradeRequest.Names(protocols, Subprotocol, StringComparison.Ordinal);
        WebSocketHandshake.Answer(pipe.Output, request.Key, isNamed ? Subprotocol : null);
        await pipe.Output.FlushAsync().ConfigureAwait(false);
        EndPoint? remote = socket.RemoteEndPoint;
        return new WebSocketServerTransport(pipe, $"ws {remote}", remote, pipe.Abort);
    }

    // What stands here stands as long as the connection, so it is little.
    private async Task ServeAsync(Socket socket, IDisposable place, UpgradeRequest? request)
    {
        using (place)
        using (socket)
        {
            try
            {
                WebSocketServerTransport transport = await AcceptAsync(socket, request!).ConfigureAwait(false);
                Task served = ServeAsync(transport, BearerToken.Of(request!.Authorization));
                request = null;
                await served.ConfigureAwait(false);
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The client is gone, and with it whoever could be told.
            }
        }
    }

    private async Task ServeAsync(WebSocketRequest request)
    {
        IDuplexPipe pipe = await request.AcceptPipeAsync().ConfigureAwait(false);
        WebSocketServerTransport transport = new(pipe, $"ws {request.Remote}", request.Remote, request.Context.Abort);
        string? token = request.Token;
        request.Context.Request.Headers.Clear(); // nobody asks for them any more, and their texts would stay as long as the connection
        await ServeAsync(transport, token).ConfigureAwait(false);
    }

    private Task ServeAsync(WebSocketServerTransport transport, string? token) =>
        server.ServeAsync(transport, (setup, connection, _) => judge.JudgeAsync(setup, connection, token));
}
