using System.IO.Pipelines;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Gateways;

namespace RSocketIm.Server.Hosting;

/// <summary><c>/rsocket</c>: RSocket over WebSocket.</summary>
internal sealed class RSocketEndpoint(RSocketServer server, SetupJudge judge, WebSocketDoor door)
{
    public const string Path = "/rsocket";

    /// <summary>Adds the endpoint.</summary>
    // RSocket has KEEPALIVE; pings below it would only wake idle connections once more.
    public void Map(WebApplication app) => door.Map(app, Path, "RSocket", ["rsocket"], ServeAsync);

    private async Task ServeAsync(WebSocketRequest request)
    {
        IDuplexPipe pipe = await request.AcceptPipeAsync().ConfigureAwait(false);
        WebSocketServerTransport transport = new(pipe, $"ws {request.Remote}", request.Remote, request.Context.Abort);
        string? token = request.Token;
        request.Context.Request.Headers.Clear(); // nobody asks for them any more, and their texts would stay as long as the connection
        await server.ServeAsync(transport, (setup, connection, _) => judge.JudgeAsync(setup, connection, token)).ConfigureAwait(false);
    }
}
