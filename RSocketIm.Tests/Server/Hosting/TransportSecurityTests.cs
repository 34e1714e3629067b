using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Hosting;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>TLS as an operator configures it, and who is a guest where.</summary>
public sealed class TransportSecurityTests : IDisposable
{
    private readonly DirectoryInfo files = Directory.CreateTempSubdirectory("rsocketim-tls-");

    private string Pfx => Path.Combine(files.FullName, "server.pfx");

    public void Dispose() => files.Delete(recursive: true);

    [Fact]
    public async Task Tls_OfKestrelAndOfTcp_CarriesChatFromEndToEnd()
    {
        HostedServer server = new()
        {
            Options =
            [
                .. SecureWeb(),
                $"--RSocketIm:Tcp:Certificate:Path={Pfx}",
                "--RSocketIm:Tcp:Certificate:Password=horse",
                $"--RSocketIm:Mqtt:Certificate:Path={Pfx}",
                "--RSocketIm:Mqtt:Certificate:Password=horse",
            ],
        };
        await server.InitializeAsync();
        Assert.Equal("https", server.Http.Scheme);
        await using ChatClient web = await ConnectAsync($"wss://{server.Http.Authority}/rsocket", "alice");
        await using ChatClient tcp = await ConnectAsync(server.Tcp.Replace("tcp://", "tcps://", StringComparison.Ordinal), "bob");
        await web.CreateAsync("lobby");
        await tcp.JoinAsync("lobby");
        Reading feed = web.Feed("lobby", 10, after: (await tcp.SendAsync("lobby", "m1", "by TCP")).Seq - 1);
        Assert.Equal("by TCP", (await feed.NextEventAsync()).Text);

        using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => TestCertificate.Trusts(this, certificate, null, default) };
        using HttpClient browser = new(handler) { BaseAddress = server.Http };
        Assert.Equal("ok\n", await browser.GetStringAsync("/healthz"));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => server.Client.GetStringAsync("/healthz")); // who does not know the certificate does not trust it
        SslClientAuthenticationOptions trusting = TestCertificate.ForClient;
        trusting.TargetHost = "localhost";
        await using MqttPeer device = await MqttPeer.OpenAsync(server.Mqtt, tls: trusting);
        await device.SendAsync(MqttPeer.Connect("device"));
        Assert.Equal(ReasonCode.Success, (await device.ExpectAsync<ConnackPacket>()).Code);
        Assert.Equal(ReasonCode.Success, await device.PublishAsync("chat/lobby", "by MQTT"));
        await using MqttPeer plainDevice = await MqttPeer.OpenAsync(server.Mqtt);
        await plainDevice.SendAsync(MqttPeer.Connect("device"));
        Assert.NotEqual(ReasonCode.Success, await CodeAsync(plainDevice));

        await using RawPeer plain = await server.StrangerAsync();
        await plain.SendAsync(Build.Setup());
        Assert.Null(await EndAsync(plain));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task WebSocketOverHttp2_WhichBrowsersPreferOnceTheyHaveHttp2_IsAsGoodAsAnother()
    {
        HostedServer server = new() { Options = SecureWeb() };
        await server.InitializeAsync();
        ConnectionSetup setup = new() { DataMimeType = DataMimeTypes.Json, Payload = new Payload(default, new RequestMetadata().Simple("alice", "").ToArray()) };
        WebSocketTransport transport = await Http2WebSockets.ConnectAsync(new Uri($"wss://{server.Http.Authority}/rsocket"));
        await using ChatClient alice = new(await RSocketClient.ConnectAsync(transport, new RSocketClientOptions { Setup = setup }), DataFormat.Json);
        await alice.CreateAsync("lobby");
        Reading feed = alice.Feed("lobby", int.MaxValue);

        // To HTTP/2 all of this is one request's body, and longer than a body may be.
        string text = new('x', 4_000);
        int count = 3 * ServerApp.MaxRequestBodyBytes / text.Length;
        for (int i = 0; i < count; i++)
        {
            await alice.SendAsync("lobby", $"m{i}", text);
        }

        Assert.Equal(Enumerable.Range(1, count + 1).Select(static seq => (long)seq), await feed.NextSeqsAsync(count + 1));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task HandshakeInTheClear_WhereTlsIsExpected_IsNotServed()
    {
        HostedServer server = new() { Options = SecureWeb() };
        await server.InitializeAsync();
        using RawWebClient client = await RawWebClient.ConnectAsync(server.Http, client => client.Handshake());
        Assert.DoesNotContain("HTTP/1.1 101", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await using ChatClient secure = await ConnectAsync($"wss://{server.Http.Authority}/rsocket", "alice");
        await secure.WhoAmIAsync();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", true)]
    [InlineData("http://[::1]:0", true)]
    [InlineData("http://0.0.0.0:0", false)]
    [InlineData("http://[::]:0", false)]
    [InlineData("http://+:0", false)]
    [InlineData("http://*:0", false)]
    [InlineData("http://chat.example:0", false)]
    [InlineData("http://127.0.0.1:0;http://0.0.0.0:0", false)]
    public async Task Guests_AreWelcomeByDefaultOnLoopbackOnly(string urls, bool welcome)
    {
        HostedServer server = new() { Options = ["--urls", urls, "--RSocketIm:Tcp:Port=0", "--RSocketIm:Mqtt:Port=0"] };
        await server.InitializeAsync();
        string host = urls.Contains("[::1]", StringComparison.Ordinal) ? "[::1]" : "127.0.0.1";
        using HttpClient client = new() { BaseAddress = new Uri($"http://{host}:{server.Http.Port}") };
        using HttpResponseMessage response = await client.PostAsJsonAsync("/api/guest", new { name = "stranger" });
        Assert.Equal(welcome ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        await using ChatClient guest = await ChatClient.GuestAsync($"ws://{host}:{server.Http.Port}/rsocket", "another");
        Exception? refusal = await Record.ExceptionAsync(guest.WhoAmIAsync);
        Assert.Equal(welcome, refusal is null);
        await server.DisposeAsync();
    }

    private string[] SecureWeb()
    {
        File.WriteAllBytes(Pfx, TestCertificate.Certificate.Export(X509ContentType.Pkcs12, "horse"));
        return
        [
            "--Kestrel:Endpoints:Web:Url=https://127.0.0.1:0",
            $"--Kestrel:Endpoints:Web:Certificate:Path={Pfx}",
            "--Kestrel:Endpoints:Web:Certificate:Password=horse",
        ];
    }

    private static async Task<ReasonCode?> CodeAsync(MqttPeer peer)
    {
        try
        {
            return (await peer.ReadAsync() as ConnackPacket)?.Code;
        }
        catch (MqttException)
        {
            return null; // a TLS alert, which is no packet
        }
    }

    private static async Task<ReceivedFrame?> EndAsync(RawPeer peer)
    {
        try
        {
            return await peer.ReadAsync();
        }
        catch (Exception error) when (error is IOException or RSocketIm.Protocol.Frames.ProtocolViolationException)
        {
            return null; // a TLS alert, which is no frame, or a reset
        }
    }

    private static async Task<ChatClient> ConnectAsync(string address, string user)
    {
        ConnectionSetup setup = new() { DataMimeType = DataMimeTypes.Json, Payload = new Payload(default, new RequestMetadata().Simple(user, "").ToArray()) };
        RSocketClientOptions options = new() { Setup = setup, Tls = TestCertificate.ForClient };
        return new ChatClient(await RSocketClient.ConnectAsync(address, options), DataFormat.Json);
    }
}
