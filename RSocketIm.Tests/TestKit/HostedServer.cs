using RSocketIm.Protocol.Payloads.Records;
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

    public HttpClient Client { get; } = new();

    public IServiceProvider Services => app!.Services;

    public async Task InitializeAsync()
    {
        app = ServerApp.Create(
            ["--urls", "http://127.0.0.1:0", "--RSocketIm:Tcp:Port=auto", $"--RSocketIm:Data:Directory={data.FullName}", .. Options],
            services =>
            {
                services.AddLogging(static logging => logging.ClearProviders());
                Replace?.Invoke(services);
            });
        await app.StartAsync();
        RSocketHost host = app.Services.GetRequiredService<RSocketHost>();
        Http = host.HttpAddress!;
        Tcp = $"tcp://{host.TcpEndPoint}";
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

    internal async Task<ChatClient> GuestAsync(string stem = "u", DataFormat format = DataFormat.MessagePack, bool overTcp = true)
    {
        return await ChatClient.GuestAsync(overTcp ? Tcp : WebSocket, Name(stem), format);
    }
}
