using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Server.Gateways;

/// <summary>The server's answer to a WebSocket's opening handshake, for doors that frame messages themselves.</summary>
/// <remarks>
/// The framework's middleware has looked at the request: <see cref="WebSocketManager.IsWebSocketRequest"/> is true for version 13
/// with a key of 16 bytes. Extensions are not agreed to, compression least of all. Spec: RFC 6455, section 4.2.2; RFC 8441.
/// </remarks>
internal static class WebSocketHandshake
{
    private const string Suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Answers, and gives the bytes of both directions.</summary>
    /// <param name="context">A WebSocket request.</param>
    /// <param name="subprotocol">The subprotocol that the answer names, or null.</param>
    public static async Task<IDuplexPipe> AcceptAsync(HttpContext context, string? subprotocol)
    {
        if (subprotocol is not null)
        {
            context.Response.Headers.SecWebSocketProtocol = subprotocol;
        }

        if (CollectingUpgrade.ConnectOf(context) is { IsExtendedConnect: true } connect)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            return new StreamPipe(await connect.AcceptAsync().ConfigureAwait(false));
        }

        IHttpUpgradeFeature upgrade = CollectingUpgrade.UpgradeOf(context) ?? throw new InvalidOperationException("The request cannot become a WebSocket.");
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = Accept(context.Request.Headers.SecWebSocketKey!);
        Stream stream = await upgrade.UpgradeAsync().ConfigureAwait(false);

        // From here on the connection is ours alone: the pipe to its socket spares the way through HTTP, and a copy in each direction.
        return context.Features.Get<IConnectionTransportFeature>()?.Transport ?? new StreamPipe(stream);
    }

    /// <summary>Writes the answer to a handshake over HTTP/1.1 that did not go through the web server; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="key">The client's key.</param>
    /// <param name="subprotocol">The subprotocol that the answer names, or null.</param>
    public static void Answer(IBufferWriter<byte> output, string key, string? subprotocol)
    {
        string named = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
        string answer = $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {Accept(key)}\r\n{named}\r\n";
        Encoding.ASCII.GetBytes(answer, output);
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 says SHA-1; it proves that the server has read the key, and protects nothing.")]
    private static string Accept(string? key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key?.Trim() + Suffix)));
}
