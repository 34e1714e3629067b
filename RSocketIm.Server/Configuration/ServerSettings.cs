using RSocketIm.Protocol.Connections;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Configuration;

/// <summary>Everything that is configured below <c>RSocketIm:</c>, read and checked once, before anything starts.</summary>
internal sealed record ServerSettings
{
    public TcpSettings Tcp { get; init; } = new();

    public MqttSettings Mqtt { get; init; } = new();

    public AuthSettings Auth { get; init; } = new();

    public LimitSettings Limits { get; init; } = new();

    /// <summary><c>RSocketIm:Store:…</c>, in <see cref="DataDirectory"/>.</summary>
    public StoreOptions Store { get; init; } = new();

    /// <summary><c>RSocketIm:Lease:RequestsPerSecond</c>: what a connection that asks for leases may request a second, 1..1,000,000; 0, the default: no leases.</summary>
    public int LeaseRequestsPerSecond { get; init; }

    /// <summary><c>RSocketIm:Resume:…</c>; null: sessions end with their connection.</summary>
    public ResumeOptions? Resume { get; init; } = new();

    /// <summary><c>RSocketIm:Data:Directory</c>, default <c>./data</c>; here a full path.</summary>
    public string DataDirectory { get; init; } = Path.GetFullPath("data");

    /// <summary><c>RSocketIm:Node</c>: what this server calls itself, default the machine's name.</summary>
    public string Node { get; init; } = Environment.MachineName;

    /// <summary><c>RSocketIm:AllowedOrigins</c>: origins besides our own whose pages may connect, for example <c>https://chat.example</c>; <c>*</c>: any.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary><c>RSocketIm:Shutdown:Timeout</c>: what a shutdown may take, 1 s to 10 min, default 10 s.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a closed connection's peer may take to close its side; part of <see cref="ShutdownTimeout"/>.</summary>
    public TimeSpan LingerTimeout => TimeSpan.FromMilliseconds(Math.Min(2_000, ShutdownTimeout.TotalMilliseconds / 4));

    /// <exception cref="StartupException">A key is wrong.</exception>
    public static ServerSettings Read(IConfiguration configuration)
    {
        SettingsReader settings = new(configuration);
        string directory = Path.GetFullPath(settings.Text("Data:Directory") ?? "data");
        return new ServerSettings
        {
            Tcp = TcpSettings.Read(settings),
            Mqtt = MqttSettings.Read(settings),
            Auth = AuthSettings.Read(settings),
            Limits = LimitSettings.Read(settings),
            DataDirectory = directory,
            Store = StoreSettings.Read(settings, directory),
            LeaseRequestsPerSecond = (int)settings.Number("Lease:RequestsPerSecond", 0, 0, 1_000_000),
            Resume = ResumeSettings.Read(settings),
            Node = settings.Text("Node") ?? Environment.MachineName,
            AllowedOrigins = settings.Texts("AllowedOrigins"),
            ShutdownTimeout = settings.Duration("Shutdown:Timeout", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        };
    }
}
