using System.Net;
using System.Net.WebSockets;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.TestKit;

/// <summary>WebSockets over HTTP/2 (RFC 8441), several of one server on one connection, as browsers open them.</summary>
internal static class Http2WebSockets
{
    private static readonly HttpMessageInvoker Invoker = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = TestCertificate.Trusts } });

    /// <param name="address">A wss: address.</param>
    public static async Task<WebSocketTransport> ConnectAsync(Uri address)
    {
        ClientWebSocket socket = new();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(address, Invoker, default).Within();
        return new WebSocketTransport(socket, "wss (HTTP/2)");
    }
}
