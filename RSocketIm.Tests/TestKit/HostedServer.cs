using System.Globalization;
using System.Net;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Hosting;

namespace RSocketIm.Tests.TestKit;

/// <summary>The whole server within the test process, on free ports of the loopback address.</summary>
public sealed class HostedServer : IAsyncLifetime
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("rsocketim-test-");
    private WebApplication? app;
    private int names;

    public string[] Options { get; init; } = [];

    /// <summary>Replaces services.</summary>
    public Action<IServiceCollection>? Replace { get; init; }

    public Uri Http { get; private set; } = new("http://127.0.0.1/");

    public string WebSocket => $"ws://{Http.Authority}/rsocket";

    public string Tcp { get; private set; } = "";

    /// <summary>Where MQTT over TCP is.</summary>
    public IPEndPoint Mqtt { get; private set; } = new(IPAddress.Loopback, 0);

    public HttpClient Client { get; } = new();

    public IServiceProvider Services => app!.Services;

    public async Task InitializeAsync()
    {
        app = ServerApp.Create(
            ["--urls", "http://127.0.0.1:0", "--RSocketIm:Tcp:Port=auto", "--RSocketIm:Mqtt:Port=auto", $"--RSocketIm:Data:Directory={data.FullName}", .. Options],
            services =>
            {
                services.AddLogging(static logging => logging.ClearProviders());
                Replace?.Invoke(services);
            });
        await app.StartAsync();
        RSocketHost host = app.Services.GetRequiredService<RSocketHost>();
        Http = host.HttpAddress!;
        Tcp = $"tcp://{host.TcpEndPoint}";
        Mqtt = host.MqttEndPoint ?? Mqtt;
        Client.BaseAddress = Http;
    }

    public Task StopAsync() => app!.StopAsync();

    /// <summary>A name that no other test uses.</summary>
    public string Name(string stem) => $"{stem}{Interlocked.Increment(ref names)}";

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await app!.DisposeAsync();
        data.Delete(recursive: true);
    }

    /// <summary>How often a limit of docs/limits.md was hit, as an operator sees it.</summary>
    public async Task<long> HitsAsync(string limit) => await CountAsync($"rsocketim_limit_hits_total{{limit=\"{limit}\"}}");

    /// <summary>The value of one series of the metrics; fails when it is not there.</summary>
    public async Task<long> CountAsync(string series)
    {
        string metrics = await Client.GetStringAsync("/metrics");
        string line = Assert.Single(metrics.Split('\n'), line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return long.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>A raw peer over TCP that has said nothing.</summary>
    internal async Task<RawPeer> StrangerAsync()
    {
        Uri address = new(Tcp);
        return new RawPeer(await TcpTransport.ConnectAsync(address.Host, address.Port));
    }

    /// <summary>A raw peer over TCP that is signed in as a guest and speaks JSON.</summary>
    internal async Task<RawPeer> RawGuestAsync(bool lease = false)
    {
        RawPeer peer = await StrangerAsync();
        byte[] credentials = new RequestMetadata().Simple(Name("raw"), "").ToArray();
        await peer.SendAsync(Build.Setup(lease, "message/x.rsocket.composite-metadata.v0", "application/json", credentials));
        return peer;
    }

    internal async Task<ChatClient> GuestAsync(string stem = "u", DataFormat format = DataFormat.MessagePack, bool overTcp = true)
    {
        return await ChatClient.GuestAsync(overTcp ? Tcp : WebSocket, Name(stem), format);
    }
}
