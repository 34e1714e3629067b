using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Gateways;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

public sealed class WebSocketTransportTests : WebSocketTransportSuite
{
    public WebSocketTransportTests()
        : base(tls: false)
    {
    }

    [Fact]
    [Trait("Checklist", "2")]
    [Trait("Checklist", "89")]
    public async Task OneFrame_IsOneBinaryMessage_WithoutALength()
    {
        (ClientWebSocket socket, ConnectionEnd server) = await ConnectRawAsync();
        await socket.SendAsync(Build.Setup(), WebSocketMessageType.Binary, true, default);
        await socket.SendAsync(Build.RequestResponse(1, "hello"), WebSocketMessageType.Binary, true, default);
        byte[] buffer = new byte[1_000];
        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), default).Within();
        Assert.Equal((WebSocketMessageType.Binary, true), (result.MessageType, result.EndOfMessage));
        Assert.Equal(Build.Payload(1, "hello", Build.N | Build.C), buffer[..result.Count]);
        socket.Dispose();
        await server.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "89")]
    [Trait("Checklist", "E38")]
    public async Task MessageInContinuationFrames_IsPutTogether()
    {
        (ClientWebSocket socket, ConnectionEnd server) = await ConnectRawAsync();
        await socket.SendAsync(Build.Setup(), WebSocketMessageType.Binary, true, default);
        byte[] request = Build.RequestResponse(1, new string('x', 200_000));
        for (int at = 0; at < request.Length; at += 50_000)
        {
            bool last = at + 50_000 >= request.Length;
            await socket.SendAsync(request.AsMemory(at, Math.Min(50_000, request.Length - at)), WebSocketMessageType.Binary, last, default);
        }

        int received = 0;
        bool follows = true;
        byte[] buffer = new byte[100_000];
        while (follows)
        {
            int length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await socket.ReceiveAsync(buffer.AsMemory(length), default).Within();
                length += result.Count;
            }
            while (!result.EndOfMessage);
            var frame = new ReceivedFrame(buffer[..length]);
            received += frame.DataBytes.Length;
            follows = frame.Follows;
        }

        Assert.Equal(200_000, received);
        socket.Dispose();
        await server.Closed.Within();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "89")]
    [Trait("Checklist", "E38")]
    public async Task TextMessage_IsAnError_AndCloses1003(bool afterSetup)
    {
        (ClientWebSocket socket, ConnectionEnd server) = await ConnectRawAsync();
        if (afterSetup)
        {
            await socket.SendAsync(Build.Setup(), WebSocketMessageType.Binary, true, default);
        }

        await socket.SendAsync(new byte[100_000], WebSocketMessageType.Text, false, default);
        await socket.SendAsync(new byte[100_000], WebSocketMessageType.Text, true, default);
        await ExpectErrorAndCloseAsync(socket, afterSetup ? ErrorCode.ConnectionError : ErrorCode.InvalidSetup, WebSocketCloseStatus.InvalidMessageType);
        await server.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "3")]
    [Trait("Checklist", "E38")]
    public async Task MessageLongerThanAFrame_IsAnError_AndCloses1009()
    {
        (ClientWebSocket socket, ConnectionEnd server) = await ConnectRawAsync();
        await socket.SendAsync(Build.Setup(), WebSocketMessageType.Binary, true, default);
        byte[] piece = new byte[1 << 20];
        for (int i = 0; i < 17; i++)
        {
            await socket.SendAsync(piece, WebSocketMessageType.Binary, false, default);
        }

        await ExpectErrorAndCloseAsync(socket, ErrorCode.ConnectionError, WebSocketCloseStatus.MessageTooBig);
        await server.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "E18")]
    public async Task EmptyMessage_IsAConnectionError()
    {
        (ClientWebSocket socket, ConnectionEnd server) = await ConnectRawAsync();
        await socket.SendAsync(Build.Setup(), WebSocketMessageType.Binary, true, default);
        await socket.SendAsync(Array.Empty<byte>(), WebSocketMessageType.Binary, true, default);
        await ExpectErrorAndCloseAsync(socket, ErrorCode.ConnectionError, WebSocketCloseStatus.NormalClosure);
        await server.Closed.Within();
    }

    private async Task<(ClientWebSocket Socket, ConnectionEnd Server)> ConnectRawAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(Address, default).Within();
        return (socket, ConnectionEnd.Server(await AcceptedAsync(), new ScriptedResponder(), new RSocketServerOptions { Reassembly = new() { MaxPayloadBytes = 1 << 25 } }));
    }

    private static async Task ExpectErrorAndCloseAsync(ClientWebSocket socket, ErrorCode code, WebSocketCloseStatus status)
    {
        byte[] buffer = new byte[5_000];
        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), default).Within();
        Assert.Equal((WebSocketMessageType.Binary, true), (result.MessageType, result.EndOfMessage));
        Assert.Equal(code, (ErrorCode)new ReceivedFrame(buffer[..result.Count]).Number);
        result = await socket.ReceiveAsync(buffer.AsMemory(), default).Within();
        Assert.Equal((WebSocketMessageType.Close, status), (result.MessageType, socket.CloseStatus));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).Within();
        socket.Dispose();
    }
}

public sealed class SecureWebSocketTransportTests : WebSocketTransportSuite
{
    public SecureWebSocketTransportTests()
        : base(tls: true)
    {
    }
}

/// <summary>As a browser connects that has an HTTP/2 connection to the server already.</summary>
public sealed class Http2WebSocketTransportTests : WebSocketTransportSuite
{
    public Http2WebSocketTransportTests()
        : base(tls: true, http2: true)
    {
    }
}

/// <summary>WebSocket through Kestrel, with and without TLS, over HTTP/1.1 and HTTP/2.</summary>
public abstract class WebSocketTransportSuite(bool tls, bool http2 = false) : TransportTests
{
    private readonly Channel<(FrameTransport Transport, TaskCompletionSource Gone)> accepted =
        Channel.CreateUnbounded<(FrameTransport Transport, TaskCompletionSource Gone)>();

    private WebApplication? host;

    private protected Uri Address { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            if (tls)
            {
                listen.UseHttps(TestCertificate.Certificate);
            }
        }));
        if (tls)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        host = builder.Build();
        host.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        host.Run(AcceptAsync);
        await host.StartAsync();
        string address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Address = new Uri(address.Replace("http", "ws", StringComparison.Ordinal));
    }

    public override async Task DisposeAsync()
    {
        await host!.StopAsync(new CancellationToken(canceled: true));
        await host.DisposeAsync();
    }

    private protected async Task<FrameTransport> AcceptedAsync() => (await accepted.Reader.ReadAsync().Within()).Transport;

    private protected override async ValueTask<TransportPair> ConnectAsync()
    {
        WebSocketTransport client = http2
            ? await Http2WebSockets.ConnectAsync(Address)
            : await WebSocketTransport.ConnectAsync(Address, options => options.RemoteCertificateValidationCallback = TestCertificate.Trusts);
        (FrameTransport server, TaskCompletionSource gone) = await accepted.Reader.ReadAsync().Within();
        return new TransportPair(client, server, gone.Task);
    }

    private async Task AcceptAsync(HttpContext context)
    {
        IDuplexPipe pipe = await WebSocketHandshake.AcceptAsync(context, subprotocol: null);
        var transport = new Watched(new WebSocketServerTransport(pipe, null, context.Abort));
        accepted.Writer.TryWrite((transport, transport.Gone));
        await transport.Gone.Task;
    }

    /// <summary>Kestrel takes the socket back when its request delegate returns, which must not be before the transport is disposed.</summary>
    private sealed class Watched(FrameTransport inner) : FrameTransport
    {
        public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override string Description => inner.Description;

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
        {
            inner.MaxFrameLength = MaxFrameLength;
            inner.Flusher = Flusher;
            return inner.WaitToReadAsync(cancellationToken);
        }

        public override bool TryRead(out System.Buffers.ReadOnlySequence<byte> frame) => inner.TryRead(out frame);

        public override System.Buffers.IBufferWriter<byte> StartFrame(int length) => inner.StartFrame(length);

        public override ValueTask FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override ValueTask CompleteWritingAsync(CancellationToken cancellationToken) => inner.CompleteWritingAsync(cancellationToken);

        public override void Abort() => inner.Abort();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            Gone.TrySetResult();
        }
    }
}
