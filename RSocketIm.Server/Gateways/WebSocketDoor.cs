using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Gateways;

/// <summary>What every WebSocket passes, whatever is spoken on it: it is one, its page may connect, the server takes clients, and there is a place for it.</summary>
internal sealed class WebSocketDoor(ConnectionCount connections, ServerState state, ServerSettings settings, ILogger<WebSocketDoor> log)
{
    /// <summary>Adds WebSockets to the server, once and before the first <see cref="Map"/>.</summary>
    public static void Use(WebApplication app)
    {
        // Below the middleware, which takes the features that it finds.
        app.Use(static (context, next) =>
        {
            CollectingUpgrade.Install(context);
            return next(context);
        });

        // Each protocol says for itself whether it needs signs of life below its own.
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
    }

    /// <summary>Opens a door.</summary>
    /// <param name="routes">The server.</param>
    /// <param name="path">Its address.</param>
    /// <param name="name">What is spoken there, for those who come with another protocol than WebSocket.</param>
    /// <param name="subprotocols">Subprotocols that the answer names when the client does; a client need not name one.</param>
    /// <param name="serve">Serves one WebSocket from its opening to its end; its place is held as long.</param>
    public void Map(IEndpointRouteBuilder routes, string path, string name, IReadOnlyList<string> subprotocols, Func<WebSocketRequest, Task> serve) =>
        routes.Map(path, context => HandleAsync(context, name, subprotocols, serve));

    private async Task HandleAsync(HttpContext context, string name, IReadOnlyList<string> subprotocols, Func<WebSocketRequest, Task> serve)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Problems.WriteAsync(
                context, ContractError.BadRequest, $"This is {name} over WebSocket: connect with ws:// or wss://.", StatusCodes.Status426UpgradeRequired).ConfigureAwait(false);
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
            if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            {
                rate.MinDataRate = null; // over HTTP/2 the connection is a request body, which may be silent for hours
            }

            string? subprotocol = subprotocols.FirstOrDefault(ours => context.WebSockets.WebSocketRequestedProtocols.Contains(ours, StringComparer.Ordinal));
            await serve(new WebSocketRequest(context, subprotocol)).ConfigureAwait(false);
        }
    }
}
