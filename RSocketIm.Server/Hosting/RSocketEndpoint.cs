using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Hosting;

/// <summary><c>/rsocket</c>: RSocket over WebSocket.</summary>
internal sealed class RSocketEndpoint(RSocketServer server, SetupJudge judge, ConnectionCount connections, ServerState state, ServerSettings settings, ILogger<RSocketEndpoint> log)
{
    public const string Path = "/rsocket";

    private const string Subprotocol = "rsocket";
    private const string BearerPrefix = "Bearer ";

    /// <summary>Adds what the endpoint needs below the WebSocket middleware, and the endpoint itself.</summary>
    public void Map(WebApplication app)
    {
        app.UseWhen(static context => context.Request.Path == Path, static branch => branch.Use(static (context, next) =>
        {
            CollectingUpgrade.Install(context);
            return next(context);
        }));

        // RSocket has KEEPALIVE; pings below it would only wake idle connections once more.
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        app.Map(Path, HandleAsync);
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Problems.WriteAsync(
                context, ContractError.BadRequest, "This is RSocket over WebSocket: connect with ws:// or wss://.", StatusCodes.Status426UpgradeRequired).ConfigureAwait(false);
            return;
        }

        string? origin = context.Request.Headers.Origin;
        if (!OriginPolicy.Allows(origin, context.Request.Host.Value, settings.AllowedOrigins))
        {
            log.OriginRefused(context.Connection.RemoteIpAddress, origin!);
            await Problems.WriteAsync(context, ContractError.Forbidden, $"Pages of {origin} may not connect here.").ConfigureAwait(false);
            return;
        }

        if (!state.IsReady)
        {
            await Problems.WriteAsync(context, ContractError.Unavailable, "The server is starting or stopping; try again in a moment.").ConfigureAwait(false);
            return;
        }

        IDisposable place;
        try
        {
            place = connections.Enter(context.Connection.RemoteIpAddress);
        }
        catch (RSocketException refusal)
        {
            context.Response.Headers.RetryAfter = ConnectionCount.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            await Problems.WriteAsync(context, (ContractError)(uint)refusal.Code, ContractErrors.SentenceOf(refusal.Message)).ConfigureAwait(false);
            return;
        }

        using (place)
        {
            await ServeAsync(context).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null; // over HTTP/2 the connection is a request body, which may be silent for hours
        }

        WebSocketAcceptContext accept = new()
        {
            SubProtocol = context.WebSockets.WebSocketRequestedProtocols.Contains(Subprotocol, StringComparer.Ordinal) ? Subprotocol : null,
        };
        WebSocket webSocket = await context.WebSockets.AcceptWebSocketAsync(accept).ConfigureAwait(false);
        ConnectionInfo peer = context.Connection;
        EndPoint? remote = peer.RemoteIpAddress is { } address ? new IPEndPoint(address, peer.RemotePort) : null;
        WebSocketTransport transport = new(webSocket, $"ws {remote}", remote, context.Features.Get<CollectingUpgrade>()?.Stream);
        string? token = TokenOf(context.Request);
        await server.ServeAsync(transport, (setup, connection, _) => judge.JudgeAsync(setup, connection, token)).ConfigureAwait(false);
    }

    private static string? TokenOf(HttpRequest request)
    {
        string? header = request.Headers[HeaderNames.Authorization];
        return header is not null && header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) ? header[BearerPrefix.Length..].Trim() : null;
    }
}
