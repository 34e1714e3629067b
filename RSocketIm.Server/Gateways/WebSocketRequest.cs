using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Server.Gateways;

/// <summary>A WebSocket that the door has let in and nobody has accepted yet: who it is may still be asked, and a problem answered instead.</summary>
/// <param name="context">Its request.</param>
/// <param name="subprotocol">The one of ours that the client named first; null: none.</param>
internal sealed class WebSocketRequest(HttpContext context, string? subprotocol)
{
    /// <summary>The request.</summary>
    public HttpContext Context => context;

    /// <summary>The subprotocol that the answer will name; null: none.</summary>
    public string? Subprotocol => subprotocol;

    /// <summary>The token of the request; null: it has none.</summary>
    public string? Token => BearerToken.Of(context.Request);

    /// <summary>Where it comes from.</summary>
    public EndPoint? Remote => context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort) : null;

    /// <summary>Where a batch of messages can be collected, once the WebSocket is accepted.</summary>
    public WriteCollectingStream? Collecting => context.Features.Get<CollectingUpgrade>()?.Stream;

    /// <summary>Opens it for a protocol that frames messages itself, and gives the bytes of both directions.</summary>
    public Task<IDuplexPipe> AcceptPipeAsync() => WebSocketHandshake.AcceptAsync(context, subprotocol);

    /// <summary>Opens it.</summary>
    /// <param name="keepAlive">How often a sign of life is sent; null: never, for protocols that have their own.</param>
    public Task<WebSocket> AcceptAsync(TimeSpan? keepAlive = null) => context.WebSockets.AcceptWebSocketAsync(
        new WebSocketAcceptContext { SubProtocol = subprotocol, KeepAliveInterval = keepAlive ?? Timeout.InfiniteTimeSpan });
}
