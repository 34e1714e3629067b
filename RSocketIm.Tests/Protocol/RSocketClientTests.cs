using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol;

public sealed class RSocketClientTests
{
    // Tests that move the clock by leaps are about reconnecting, not about silence: 24 days of it are allowed.
    private static readonly ConnectionSetup Patient = new()
    {
        KeepAliveInterval = TimeSpan.FromMilliseconds(int.MaxValue),
        MaxLifetime = TimeSpan.FromMilliseconds(int.MaxValue),
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConnectsByAddress_WithAndWithoutTls(bool tls)
    {
        await using RSocketServer server = Server();
        await using RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0), tls ? TestCertificate.ForServer : null);
        await using RSocketClient client = await RSocketClient.ConnectAsync(
            $"{(tls ? "tcps" : "tcp")}://localhost:{listener.EndPoint.Port}", new RSocketClientOptions { Tls = TestCertificate.ForClient });
        Assert.Equal("hi", (await client.RequestResponseAsync(Payload.FromText("hi")).Within()).DataText);
        await client.CloseAsync().Within();
        Assert.True(client.Closed.IsCompletedSuccessfully);
        Assert.Null(client.CloseReason);
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(async () => await client.RequestResponseAsync(Payload.Empty));
        Assert.Equal(ErrorCode.Rejected, error.Code);
        await Assert.ThrowsAsync<RSocketException>(async () => await client.ConnectedAsync().Within());
    }

    [Theory]
    [InlineData("http://localhost:80")]
    [InlineData("tcp://localhost")]
    [InlineData("localhost:80")]
    [InlineData("tcps://")]
    public async Task AddressOfNoRSocketKind_IsRefused(string address)
    {
        Exception? error = await Record.ExceptionAsync(async () => await RSocketClient.ConnectAsync(address));
        Assert.True(error is ArgumentException or UriFormatException, $"{error}");
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:{0}")]
    [InlineData("ws://127.0.0.1:{0}/rsocket")]
    public async Task NobodyListening_IsAnIOException(string address)
    {
        int port = FreePort();
        await Assert.ThrowsAsync<IOException>(async () => await RSocketClient.ConnectAsync(string.Format(null, address, port)).Within());
    }

    [Fact]
    public async Task ConnectThatTakesTooLong_IsATimeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0); // accepts in the kernel, never answers the TLS handshake
        listener.Start();
        await Assert.ThrowsAsync<TimeoutException>(async () => await RSocketClient.ConnectAsync(
            $"tcps://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", new RSocketClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(50) }).Within());
    }

    [Fact]
    public async Task Factory_MakesTheSetupOfEachConnection()
    {
        (MemoryTransport clientEnd, MemoryTransport serverEnd) = MemoryTransport.CreatePair();
        await using var peer = new RawPeer(serverEnd);
        await using RSocketClient client = await RSocketClient.ConnectAsync(clientEnd, new RSocketClientOptions
        {
            SetupFactory = _ => ValueTask.FromResult(new ConnectionSetup { DataMimeType = "a/b", Payload = Payload.FromText("token") }),
        });
        ReceivedFrame setup = await peer.ExpectAsync(FrameType.Setup, 0);
        Assert.EndsWith("a/btoken", System.Text.Encoding.Latin1.GetString(setup.Bytes));
        await peer.CloseAsync();
        await client.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "17")]
    public async Task RefusedSetup_SurfacesWithItsCodeAndText()
    {
        (MemoryTransport clientEnd, MemoryTransport serverEnd) = MemoryTransport.CreatePair();
        await using RSocketServer server = new((_, _, _) => throw new RSocketException(ErrorCode.RejectedSetup, "no entry"));
        Task serving = server.ServeAsync(serverEnd);
        await using RSocketClient client = await RSocketClient.ConnectAsync(clientEnd);
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(async () => await client.RequestResponseAsync(Payload.FromText("x")).Within());
        await client.Closed.Within();
        var reason = Assert.IsType<RSocketException>(client.CloseReason);
        Assert.Equal((ErrorCode.RejectedSetup, "no entry"), (reason.Code, reason.Message));
        Assert.Contains(error.Code, new[] { ErrorCode.RejectedSetup, ErrorCode.Rejected }); // the latter when the refusal was faster than the request
        await serving.Within();
    }

    [Fact]
    public async Task ServersRequests_AreAnswered_OrRefusedWithoutAResponder()
    {
        var connected = new TaskCompletionSource<RSocketConnection>();
        await using RSocketServer server = new((_, connection, _) =>
        {
            connected.SetResult(connection);
            return ValueTask.FromResult<RSocketResponder>(new ScriptedResponder());
        });
        (MemoryTransport clientEnd, MemoryTransport serverEnd) = MemoryTransport.CreatePair();
        Task serving = server.ServeAsync(serverEnd);
        await using RSocketClient client = await RSocketClient.ConnectAsync(clientEnd);
        RSocketConnection connection = await connected.Task.Within();
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(async () => await connection.Requester.RequestResponseAsync(Payload.Empty).Within());
        Assert.Equal(ErrorCode.Rejected, error.Code);
        Assert.Single(server.Connections);
        await client.DisposeAsync();
        await serving.Within();
        Assert.Empty(server.Connections);
    }

    [Fact]
    public async Task LostConnection_ComesBackWithBackOff_AndRequestsFailSafelyMeanwhile()
    {
        var time = new FakeTimeProvider();
        var seen = new List<bool>();
        RSocketServer server = Server();
        RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        int port = listener.EndPoint.Port;
        await using RSocketClient client = await RSocketClient.ConnectAsync($"tcp://127.0.0.1:{port}", new RSocketClientOptions
        {
            TimeProvider = time,
            Setup = Patient,
            Reconnect = new ReconnectOptions { FirstDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(60) },
        });
        using IDisposable watching = client.Connections.Subscribe(connection => seen.Add(connection is not null));
        await client.RequestResponseAsync(Payload.Empty).Within();
        await server.DisposeAsync();

        await Guard.Until(() => seen.Count == 2, "the loss was seen");
        RSocketException refused = await Assert.ThrowsAsync<RSocketException>(async () => await client.RequestResponseAsync(Payload.Empty));
        Assert.True(refused.IsSafeToRetry);
        ValueTask<RSocketConnection> next = client.ConnectedAsync();

        await using RSocketServer again = Server();
        await using RSocketListener listening = again.ListenTcp(new IPEndPoint(IPAddress.Loopback, port));
        Task<RSocketConnection> connecting = next.AsTask();
        await Guard.Until(() => Advance(time) && connecting.IsCompleted, "the client was back");
        await connecting.Within();
        Assert.Equal("back", (await client.RequestResponseAsync(Payload.FromText("back")).Within()).DataText);
        Assert.Equal([true, false, true], seen);
    }

    [Fact]
    public async Task SetupFactoryThatFails_IsAFailedAttempt_NotTheEnd()
    {
        var time = new FakeTimeProvider();
        await using RSocketServer server = Server();
        await using RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        int calls = 0;
        await using RSocketClient client = await RSocketClient.ConnectAsync($"tcp://127.0.0.1:{listener.EndPoint.Port}", new RSocketClientOptions
        {
            TimeProvider = time,
            SetupFactory = _ => ++calls == 2 ? throw new InvalidOperationException("no token") : ValueTask.FromResult(Patient),
            Reconnect = new ReconnectOptions(),
        });
        (await client.ConnectedAsync().Within()).Abort(ErrorCode.ConnectionError, "lost");
        await Guard.Until(() => Advance(time) && calls >= 3, "the factory was asked again");
        Assert.False(client.Closed.IsCompleted);
        Assert.Equal("hi", (await (await client.ConnectedAsync().Within()).Requester.RequestResponseAsync(Payload.FromText("hi")).Within()).DataText);
    }

    [Fact]
    public async Task AttemptsThatRunOut_CloseTheClient()
    {
        var time = new FakeTimeProvider();
        RSocketServer server = Server();
        RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        await using RSocketClient client = await RSocketClient.ConnectAsync(
            $"tcp://127.0.0.1:{listener.EndPoint.Port}", new RSocketClientOptions { TimeProvider = time, Setup = Patient, Reconnect = new ReconnectOptions { MaxAttempts = 3 } });
        await server.DisposeAsync();
        await Guard.Until(() => Advance(time) && client.Closed.IsCompleted, "the client gave up");
        Assert.IsAssignableFrom<IOException>(client.CloseReason);
    }

    [Fact]
    public async Task ServerThatRefusesEverySetup_CountsAsFailedAttempts()
    {
        var time = new FakeTimeProvider();
        int asked = 0;
        await using RSocketServer server = new((_, _, _) =>
        {
            asked++;
            throw new RSocketException(ErrorCode.RejectedSetup, "no entry");
        });
        await using RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));

        // The clock runs on while a refusal is on its way; a short lifetime would end before it comes and hide it.
        ConnectionSetup patient = new() { KeepAliveInterval = TimeSpan.FromDays(20), MaxLifetime = TimeSpan.FromDays(20) };
        await using RSocketClient client = await RSocketClient.ConnectAsync(
            $"tcp://127.0.0.1:{listener.EndPoint.Port}",
            new RSocketClientOptions { TimeProvider = time, Setup = patient, Reconnect = new ReconnectOptions { MaxAttempts = 3 } });
        await Guard.Until(() => Advance(time) && client.Closed.IsCompleted, "the client gave up");
        Assert.Equal(4, asked);
        Assert.Equal(ErrorCode.RejectedSetup, Assert.IsType<RSocketException>(client.CloseReason).Code);
    }

    [Fact]
    public async Task ClosingWhileItReconnects_IsPrompt()
    {
        var time = new FakeTimeProvider();
        RSocketServer server = Server();
        RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        RSocketClient client = await RSocketClient.ConnectAsync(
            $"tcp://127.0.0.1:{listener.EndPoint.Port}", new RSocketClientOptions { TimeProvider = time, Setup = Patient, Reconnect = new ReconnectOptions() });
        await server.DisposeAsync();
        await Guard.Until(() => Record.Exception(() => client.RequestStream(Payload.Empty, 1, new Recorder())) is not null, "the loss was seen");
        await client.CloseAsync().Within();
        await client.DisposeAsync().Within();
    }

    [Theory]
    [InlineData(0, 1.0, 200)]
    [InlineData(1, 1.0, 400)]
    [InlineData(3, 0.5, 800)]
    [InlineData(100, 1.0, 30_000)]
    [InlineData(5, 0.0, 0)]
    public void Delay_DoublesUpToItsBound_WithFullJitter(int attempt, double random, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), new ReconnectOptions().DelayBefore(attempt, random));

    [Fact]
    public async Task ServerThatCloses_EndsEveryConnectionWithConnectionClose()
    {
        RSocketServer server = Server();
        RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        RSocketClient[] clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RSocketClient.ConnectAsync($"tcp://127.0.0.1:{listener.EndPoint.Port}").AsTask()));
        await Task.WhenAll(clients.Select(client => client.RequestResponseAsync(Payload.Empty).AsTask())).Within();
        Assert.Equal(10, server.Connections.Count);
        await server.CloseAsync().Within();
        await Task.WhenAll(clients.Select(client => client.Closed)).Within();
        Assert.All(clients, client => Assert.Null(client.CloseReason));
        await Assert.ThrowsAsync<IOException>(async () => await RSocketClient.ConnectAsync($"tcp://127.0.0.1:{listener.EndPoint.Port}"));
    }

    private static RSocketServer Server() => new((_, _, _) => ValueTask.FromResult<RSocketResponder>(new ScriptedResponder()));

    private static bool Advance(FakeTimeProvider time)
    {
        time.Advance(TimeSpan.FromMilliseconds(100));
        return true;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
