using System.Diagnostics.Metrics;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Gateways.Front;
using RSocketIm.Tests.TestKit;
using Api = RSocketIm.Tests.TestKit.Http; // this namespace has another

namespace RSocketIm.Tests.Server.Gateways.Front;

/// <summary>Who comes to the web server's port: handshakes that are in order, which it never hears of, and everybody else.</summary>
public sealed class SortingListenerTests(SortingListenerTests.OpenedServer opened) : IClassFixture<SortingListenerTests.OpenedServer>
{
    private const string Friend = "https://friend.example";

    private const string ShortAnswer =
        $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {RawWebClient.Accept}\r\n\r\n";

    private readonly HostedServer server = opened.Server;

    [Theory]
    [InlineData("", "")]
    [InlineData("Sec-WebSocket-Protocol: rsocket\r\n", "Sec-WebSocket-Protocol: rsocket\r\n")]
    [InlineData("Sec-WebSocket-Protocol: other, rsocket\r\n", "Sec-WebSocket-Protocol: rsocket\r\n")]
    [InlineData("Sec-WebSocket-Protocol: other\r\n", "")]
    [InlineData("Sec-WebSocket-Protocol: RSocket\r\n", "")]
    [InlineData("Sec-WebSocket-Extensions: permessage-deflate\r\n", "")]
    [InlineData("Origin: https://friend.example\r\n", "")]
    [InlineData("Origin: http://{host}\r\n", "")]
    [InlineData("Origin: https://{host}\r\n", "")]
    public async Task HandshakeInOrder_IsAnsweredInTheShortestWay(string asked, string answered)
    {
        using RawWebClient client = await RawWebClient.ConnectAsync(
            server.Http, client => client.Handshake(asked.Replace("{host}", server.Http.Authority, StringComparison.Ordinal)));
        Assert.Equal(ShortAnswer[..^2] + answered + "\r\n", await client.ReadHeadAsync());
        await ExpectServedAsync(client);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://{host}.evil.example")]
    [InlineData("null")]
    public async Task Handshake_OfAPageOfStrangers_IsForbidden(string origin)
    {
        using RawWebClient client = await RawWebClient.ConnectAsync(
            server.Http, client => client.Handshake($"Origin: {origin.Replace("{host}", server.Http.Authority, StringComparison.Ordinal)}\r\n"));
        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_InTheHandshake_SignsIn()
    {
        string name = server.Name("bearer");
        string token = (await Api.GuestAsync(server.Client, name)).Token;
        using RawWebClient client = await RawWebClient.ConnectAsync(server.Http, client => client.Handshake($"Authorization: Bearer {token}\r\n"));
        Assert.Equal(ShortAnswer, await client.ReadHeadAsync());
        await client.SendFramesAsync(
            Build.Setup(dataMime: "application/json", metadataMime: "message/x.rsocket.composite-metadata.v0"), WhoAmI());
        Assert.Contains($"\"{name}\"", (await client.ReadFrameAsync()).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frames_InOnePacketWithTheHead_AreServed()
    {
        string name = server.Name("early");
        using RawWebClient client = await RawWebClient.ConnectAsync(server.Http);
        await client.SendAsync(
            [.. Build.Text(client.Handshake()), .. RawWebClient.Message(0x82, Setup(name)), .. RawWebClient.Message(0x82, WhoAmI())]);
        Assert.Equal(ShortAnswer, await client.ReadHeadAsync());
        ReceivedFrame answer = await client.ReadFrameAsync();
        Assert.Equal((FrameType.Payload, 1), (answer.Type, answer.StreamId));
        Assert.Contains($"\"{name}\"", answer.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_InTwoPieces_IsServedByTheWebServer_WhereverItIsCut()
    {
        HostedServer own = new();
        await own.InitializeAsync();
        using WebServerConnections connections = new(own);
        List<RawWebClient> clients = [];
        foreach (int cut in (int[])[1, 4, 30, 60, -20, -4, -2, -1])
        {
            RawWebClient client = await RawWebClient.ConnectAsync(own.Http);
            clients.Add(client);
            string head = client.Handshake();
            int at = cut > 0 ? cut : head.Length + cut;
            await client.SendAsync(head[..at]);
            await Guard.Until(() => connections.Count == clients.Count, "the web server had the connection");
            await client.SendAsync(head[at..]);
            string answer = await client.ReadHeadAsync();
            Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", answer, StringComparison.Ordinal);
            Assert.Contains($"\r\nSec-WebSocket-Accept: {RawWebClient.Accept}\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nDate: ", answer, StringComparison.Ordinal); // a request's answer has one
            await ExpectServedAsync(client);
        }

        using RawWebClient whole = await RawWebClient.ConnectAsync(own.Http, client => client.Handshake());
        Assert.Equal(ShortAnswer, await whole.ReadHeadAsync());
        await ExpectServedAsync(whole);
        Assert.Equal(clients.Count, connections.Count);
        clients.ForEach(static client => client.Dispose());
        await own.DisposeAsync();
    }

    [Fact]
    public async Task Requests_OneBehindTheOther_AreTheWebServers()
    {
        using RawWebClient client = await RawWebClient.ConnectAsync(server.Http);
        string get = $"HTTP/1.1\r\nHost: {server.Http.Authority}\r\n\r\n";
        string body = $"{{\"name\":\"{server.Name("guest")}\"}}";
        await client.SendAsync(
            $"GET /healthz {get}GET /readyz {get}POST /api/guest HTTP/1.1\r\nHost: {server.Http.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadUntilAsync("ok\n"), StringComparison.Ordinal);
        await client.ReadUntilAsync("ready\n");
        await client.ReadUntilAsync("\"token\":");
        await client.SendAsync($"GET /healthz {get}");
        await client.ReadUntilAsync("\nok\n");
    }

    [Fact]
    public async Task ClientThatSaysNothingForAWhile_IsTheWebServers_AndMayAskLater()
    {
        FakeTimeProvider time = new();
        HostedServer own = new() { Replace = services => services.AddSingleton<TimeProvider>(time) };
        await own.InitializeAsync();
        using WebServerConnections connections = new(own);
        using RawWebClient request = await RawWebClient.ConnectAsync(own.Http);
        using RawWebClient handshake = await RawWebClient.ConnectAsync(own.Http);
        await Guard.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1)); // they may not have been accepted yet
                return connections.Count == 2;
            },
            "the web server had both connections");
        await request.SendAsync($"GET /healthz HTTP/1.1\r\nHost: {own.Http.Authority}\r\n\r\n");
        await request.ReadUntilAsync("ok\n");
        await handshake.SendAsync(handshake.Handshake());
        Assert.StartsWith("HTTP/1.1 101 ", await handshake.ReadHeadAsync(), StringComparison.Ordinal);
        await ExpectServedAsync(handshake);
        handshake.Dispose(); // nobody's clock would end the wait for it
        await own.DisposeAsync();
    }

    [Fact]
    public async Task SilentConnections_TooMany_AreLeftToTheWebServer()
    {
        const int Over = 3;
        FakeTimeProvider time = new(); // nobody's patience ends
        HostedServer own = new() { Replace = services => services.AddSingleton<TimeProvider>(time) };
        await own.InitializeAsync();
        using WebServerConnections connections = new(own);
        List<RawWebClient> silent = [];
        for (int i = 0; i < SortingListener.MaxSilent + Over; i++)
        {
            silent.Add(await RawWebClient.ConnectAsync(own.Http));
        }

        await Guard.Until(() => connections.Count == Over, "the web server had those that were too many");
        foreach (RawWebClient client in new[] { silent[0], silent[^1] })
        {
            await client.SendAsync(client.Handshake());
            Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(Over, connections.Count);
        silent.ForEach(static client => client.Dispose());
        await own.DisposeAsync();
    }

    [Fact]
    public async Task ClientThatEndsOrResets_BeforeItSaysAWord_HarmsNobody()
    {
        for (int i = 0; i < 20; i++)
        {
            using RawWebClient client = await RawWebClient.ConnectAsync(server.Http);
            if (i % 2 == 0)
            {
                client.Reset();
            }
            else
            {
                client.End();
                Assert.Equal("", await client.ReadToEndAsync());
            }
        }

        using RawWebClient next = await RawWebClient.ConnectAsync(server.Http, client => client.Handshake());
        Assert.Equal(ShortAnswer, await next.ReadHeadAsync());
        await ExpectServedAsync(next);
    }

    [Theory]
    [InlineData("close")]
    [InlineData("end")]
    [InlineData("reset")]
    [InlineData("setup timeout")]
    public async Task Place_IsGivenBack_HoweverTheConnectionEnds(string how)
    {
        const int Places = 3;
        FakeTimeProvider time = new();
        HostedServer own = new() { Options = [$"--RSocketIm:Limits:MaxConnections={Places}"], Replace = services => services.AddSingleton<TimeProvider>(time) };
        await own.InitializeAsync();
        List<RawWebClient> clients = await OpenAsync(own, Places, ShortAnswer);
        await ExpectFullAsync(own);
        Assert.Equal(1, await own.HitsAsync("connections"));
        if (how == "setup timeout")
        {
            while (await own.HitsAsync("setup_timeout") < Places)
            {
                time.Advance(TimeSpan.FromSeconds(1)); // the wait may begin after the first
            }
        }

        foreach (RawWebClient client in clients)
        {
            await EndAsync(client, how);
        }

        // None is lost, and none is given back twice. Who finds no place at first goes the long way, and may find one there.
        clients.AddRange(await OpenAsync(own, Places, "HTTP/1.1 101 "));
        await ExpectFullAsync(own);
        clients.ForEach(static client => client.Dispose());
        await own.DisposeAsync();
    }

    [Fact]
    public async Task Stop_ClosesWhoIsThere_AndWhoHasNotSaidAWord()
    {
        HostedServer own = new();
        await own.InitializeAsync();
        using RawWebClient silent = await RawWebClient.ConnectAsync(own.Http);
        using RawWebClient client = await RawWebClient.ConnectAsync(own.Http, client => client.Handshake());
        Assert.Equal(ShortAnswer, await client.ReadHeadAsync()); // the silent one was accepted before it
        await ExpectServedAsync(client);

        Task stop = own.StopAsync();
        ReceivedFrame error = await client.ReadFrameAsync();
        Assert.Equal((FrameType.Error, 0, (int)ErrorCode.ConnectionClose), (error.Type, error.StreamId, error.Number));
        (byte first, byte[] code) = await client.ReadMessageAsync();
        Assert.Equal(0x88, first);
        Assert.Equal([0x03, 0xE8], code);
        await client.SendAsync(RawWebClient.Message(0x88, code));
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("", await silent.ReadToEndAsync());
        await stop.Within();
        await own.DisposeAsync();
    }

    private static byte[] Setup(string user) =>
        Build.Setup(lease: false, "message/x.rsocket.composite-metadata.v0", "application/json", new RequestMetadata().Simple(user, "").ToArray());

    private static byte[] WhoAmI() => Build.Routed(1, FrameType.RequestResponse, "system.whoami", "{}");

    private static async Task ExpectServedAsync(RawWebClient client)
    {
        await client.SendFramesAsync(Setup($"raw{Guid.NewGuid():N}"[..20]), WhoAmI());
        ReceivedFrame answer = await client.ReadFrameAsync();
        Assert.Equal((FrameType.Payload, 1), (answer.Type, answer.StreamId));
    }

    // As many as there are places; those who were there before may be on their way out.
    private static async Task<List<RawWebClient>> OpenAsync(HostedServer server, int count, string served)
    {
        List<RawWebClient> clients = [];
        long start = TimeProvider.System.GetTimestamp();
        while (clients.Count < count)
        {
            RawWebClient client = await RawWebClient.ConnectAsync(server.Http, client => client.Handshake());
            string answer = await client.ReadHeadAsync();
            if (answer.StartsWith(served, StringComparison.Ordinal))
            {
                clients.Add(client);
                continue;
            }

            client.Dispose();
            Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Guard.Patience, $"Only {clients.Count} places came free.");
        }

        return clients;
    }

    private static async Task ExpectFullAsync(HostedServer server)
    {
        using RawWebClient client = await RawWebClient.ConnectAsync(server.Http, client => client.Handshake());
        string answer = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 5\r\n", answer, StringComparison.Ordinal);
    }

    private static async Task EndAsync(RawWebClient client, string how)
    {
        byte[] normal = [0x03, 0xE8];
        switch (how)
        {
            case "close":
                await client.SendAsync(RawWebClient.Message(0x88, normal));
                Assert.Equal(0x88, (await client.ReadMessageAsync()).First);
                client.Dispose();
                break;
            case "end":
                client.End();
                await client.ReadToEndAsync();
                client.Dispose();
                break;
            case "reset":
                client.Reset();
                break;
            default:
                Assert.Equal((int)ErrorCode.InvalidSetup, (await client.ReadFrameAsync()).Number);
                Assert.Equal(0x88, (await client.ReadMessageAsync()).First);
                client.Dispose();
                break;
        }
    }

    public sealed class OpenedServer : IAsyncLifetime
    {
        public HostedServer Server { get; } = new() { Options = [$"--RSocketIm:AllowedOrigins={Friend}"] };

        public Task InitializeAsync() => Server.InitializeAsync();

        public Task DisposeAsync() => Server.DisposeAsync();
    }

    /// <summary>How many connections the web server itself has, of those made since.</summary>
    private sealed class WebServerConnections : IDisposable
    {
        private readonly MeterListener listener = new();
        private long count;

        public WebServerConnections(HostedServer server)
        {
            IMeterFactory meters = server.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, listener) =>
            {
                // Other tests' servers are in this process too.
                if (instrument.Name == "kestrel.active_connections" && instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref count, change));
            listener.Start();
        }

        public long Count => Interlocked.Read(ref count);

        public void Dispose() => listener.Dispose();
    }
}
