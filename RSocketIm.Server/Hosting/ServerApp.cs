using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Gateways;
using RSocketIm.Server.Gateways.Front;
using RSocketIm.Server.Gateways.Http;
using RSocketIm.Server.Gateways.Mqtt;
using RSocketIm.Server.Gateways.WebSockets;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Routing;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Hosting;

/// <summary>Puts the server together.</summary>
internal static class ServerApp
{
    /// <summary>Longest body of an HTTP request, in bytes: 64 KiB.</summary>
    public const int MaxRequestBodyBytes = 64 * 1024;

    /// <summary>All headers of an HTTP request together, in bytes: 32 KiB, of which a token may take 8.</summary>
    public const int MaxRequestHeaderBytes = 32 * 1024;

    private const string DefaultUrl = "http://127.0.0.1:7070";

    /// <summary>Reads the configuration and builds the server; nothing listens yet.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Replaces services, for tests.</param>
    /// <exception cref="StartupException">The configuration is wrong.</exception>
    public static WebApplication Create(string[] args, Action<IServiceCollection>? configure = null)
    {
        WebApplicationBuilder builder = CreateBuilder(args);
        ServerSettings settings = ServerSettings.Read(builder.Configuration);
        ConfigureLogging(builder.Logging);
        ShortWay way = ShortWay.Create(builder.Configuration);
        bool hasPages = ConfigureHttp(builder, settings.Limits, way);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.ShutdownTimeout + TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton(way);
        AddServices(builder.Services, settings);
        configure?.Invoke(builder.Services);

        WebApplication app = builder.Build();
        app.Services.OpenStore();
        if (!hasPages)
        {
            app.Logger.PagesMissing();
        }

        IServiceProvider services = app.Services;
        RoomOptions rooms = settings.Limits.Rooms;
        long mark = services.GetRequiredService<MemoryWatch>().Mark;
        if (mark > 0 && rooms.TailBytes + rooms.BlockCacheBytes + rooms.UnreadCountBytes > mark)
        {
            app.Logger.CachesTooLarge(rooms.TailBytes + rooms.BlockCacheBytes + rooms.UnreadCountBytes, mark);
        }

        app.Use(static async (context, next) =>
        {
            // Off the thread that waits for sockets: a page, a document or a search may take its time.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await next(context).ConfigureAwait(false);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problems.HandleAsync, SuppressDiagnosticsCallback = static _ => true });
        app.Use(static (context, next) =>
        {
            SecurityHeaders.Set(context.Response.Headers);
            return next(context);
        });
        app.UseCrossOrigin(settings);
        services.GetRequiredService<RouteMetrics>(); // nobody else asks for it, and it counts by being there
        WebSocketDoor.Use(app);
        services.GetRequiredService<RSocketEndpoint>().Map(app);
        services.GetRequiredService<SocketDoor>().Map(app);
        services.GetRequiredService<MqttEndpoint>().Map(app);
        services.GetRequiredService<HealthEndpoints>().Map(app);
        services.GetRequiredService<AccountEndpoints>().Map(app);
        services.GetRequiredService<RestDoor>().Map(app);
        services.GetRequiredService<FeedDoor>().Map(app);
        services.GetRequiredService<AttachmentDoor>().Map(app);
        app.MapOpenApi("/openapi.json");
        app.MapWebClient();
        return app;
    }

    /// <summary>The settings a server with this command line would have.</summary>
    /// <exception cref="StartupException">The configuration is wrong.</exception>
    public static ServerSettings ReadSettings(string[] args) => ServerSettings.Read(CreateBuilder(args).Configuration);

    // Settings and pages lie beside the program, wherever it is started from.
    private static WebApplicationBuilder CreateBuilder(string[] args) =>
        WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

    private static void ConfigureLogging(ILoggingBuilder logging)
    {
        // Standard output is for the one line that says where the server is.
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        // What keeps the server from starting is told in one sentence by Program; these tell it with a stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", static level => level is LogLevel.Warning or LogLevel.Error);

        // Whatever level is configured: these would write down addresses as they came, with a token that somebody put there by mistake.
        // And where it is enabled at all, each request holds an Activity and a log scope, a WebSocket for all its life.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
    }

    private static bool ConfigureHttp(WebApplicationBuilder builder, LimitSettings limits, ShortWay way)
    {
        ConfigurationManager configuration = builder.Configuration;
        bool isToldWhere = configuration["urls"] is not null || configuration["http_ports"] is not null || configuration["https_ports"] is not null
            || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!isToldWhere)
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }

        // What a read brought is dispatched, and what a flush writes is sent, on the thread that is there: nothing on that way waits for anything but the socket,
        // and what does wait (the store, a password's hash) is awaited.
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureHttpsDefaults(_ => way.Close()); // called for each address with TLS
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxRequestHeaderBytes;
            kestrel.Limits.RequestHeadersTimeout = limits.SetupTimeout;
            kestrel.Limits.MaxConcurrentConnections = limits.MaxHttpConnections; // Kestrel does not count WebSockets here; ConnectionCount does

            // Kestrel drops who reads slower than this, WebSockets included; here the reader sets the pace.
            kestrel.Limits.MinResponseDataRate = null;
        });
        return UseBuiltPages(builder);
    }

    // A build does not copy the pages to its output but lists where they are; a published server has them in wwwroot and no such list.
    private static bool UseBuiltPages(WebApplicationBuilder builder)
    {
        // As they were compressed by the build, and not again, or not at all, as they are read.
        builder.WebHost.UseSetting("ReloadStaticAssetsAtRuntime", "false");
        try
        {
            builder.WebHost.UseStaticWebAssets();
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false; // they have been deleted or moved since; that is no reason not to chat
        }
    }

    private static void AddServices(IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings).AddSingleton(settings.Limits).AddSingleton(settings.Auth).AddSingleton(settings.Limits.Rooms);
        services.AddSingleton(TimeProvider.System).AddSingleton<ServerState>();

        // Storage, rooms, feeds, signals.
        services.AddStore();
        services.AddSingleton<RoomMetrics>().AddSingleton<RoomDirectory>().AddSingleton<CommitLoop>().AddSingleton<ChatRooms>();
        services.AddSingleton<Receipts>().AddSingleton<UnreadCounts>().AddSingleton<SendLimits>();
        services.AddSingleton(static provider => new TailBudget(provider.GetRequiredService<RoomOptions>().TailBytes));
        services.AddSingleton<BlockCache>().AddSingleton<History>().AddSingleton<RoomFeeds>().AddSingleton<InboxFeeds>().AddSingleton<MessageSearch>();
        services.AddSingleton<PresenceTracker>().AddSingleton<RoomSignals>().AddSingleton<PresenceViews>();

        // Attachments.
        services.AddSingleton(new AttachmentOptions
        {
            Directory = Path.Combine(settings.DataDirectory, "attachments"),
            MaxBytes = settings.Limits.MaxAttachmentBytes,
            RoomBytes = settings.Limits.AttachmentBytesPerRoom,
        });
        services.AddSingleton<AttachmentMetrics>().AddSingleton<AttachmentFiles>().AddSingleton<AttachmentDesk>().AddSingleton<AttachmentSweep>();

        // Accounts.
        services.AddSingleton(static provider => new Tokens(
            provider.GetRequiredService<AuthSettings>(),
            SigningKey.Load(provider.GetRequiredService<ServerSettings>()),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static provider => Passwords.CreateDefault(provider.GetRequiredService<LimitMetrics>())).AddSingleton<AccountDesk>();
        services.AddSingleton<Guests>().AddSingleton<SignInLimits>().AddSingleton<Authenticator>().AddSingleton<AccountEndpoints>();
        services.AddSingleton<Tickets>();

        // Routing.
        services.AddSingleton<SessionDesk>();
        services.AddSingleton<IRouteFamily, SystemRoutes>().AddSingleton<IRouteFamily, RoomRoutes>().AddSingleton<IRouteFamily, MessageRoutes>();
        services.AddSingleton<IRouteFamily, FeedRoutes>().AddSingleton<IRouteFamily, SignalRoutes>().AddSingleton<IRouteFamily, AttachmentRoutes>();
        services.AddSingleton(static provider =>
        {
            RouteTableBuilder routes = new();
            foreach (IRouteFamily family in provider.GetServices<IRouteFamily>())
            {
                family.Add(routes);
            }

            return routes.Build();
        });

        // The doors that are not RSocket.
        services.AddSingleton<HttpCallers>().AddSingleton<RouteCalls>().AddSingleton<RestDoor>().AddSingleton<FeedDoor>().AddSingleton<AttachmentDoor>();
        services.AddSingleton<SocketServices>().AddSingleton<SocketDoor>();
        services.AddSingleton<ApiDescription>().AddOpenApi(static options => options.AddDocumentTransformer(static (document, context, _) =>
        {
            context.ApplicationServices.GetRequiredService<ApiDescription>().Describe(document);
            return Task.CompletedTask;
        }));

        // MQTT.
        services.AddSingleton<RoomEntrance>().AddSingleton<PublishDesk>().AddSingleton<SubscribeDesk>().AddSingleton<ConnectJudge>().AddSingleton<Wills>();
        services.AddSingleton<MqttSessions>().AddSingleton<MqttMetrics>().AddSingleton<MqttServices>().AddSingleton<MqttServer>().AddSingleton<MqttEndpoint>();

        // Hosting.
        services.AddSingleton<ConnectionCount>().AddSingleton<WebSocketDoor>().AddSingleton<ConnectionMetrics>().AddSingleton<SetupJudge>();
        services.AddSingleton<MetricsExporter>().AddSingleton<RouteMetrics>().AddSingleton<LimitMetrics>();
        services.AddSingleton<MemoryMeasure>(ProcessMemory.InUse).AddSingleton(static provider => new MemoryWatch(
            MemoryWatch.MarkOf(provider.GetRequiredService<LimitSettings>().MaxMemoryBytes, provider.GetRequiredService<LimitSettings>().MaxMemoryPercent, ProcessMemory.Available),
            provider.GetRequiredService<MemoryMeasure>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MemoryWatch>>()));
        services.AddCors();
        services.AddSingleton(CreateRSocketServer);
        services.AddSingleton<RSocketEndpoint>().AddSingleton<Func<IUpgradeDoor>>(static provider => provider.GetRequiredService<RSocketEndpoint>);
        services.AddSingleton<IConnectionListenerFactory, SortingListenerFactory>(); // the last one is asked first; made before the store is open, hence the function
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<RSocketHost>().AddHostedService(static provider => provider.GetRequiredService<RSocketHost>());
    }

    private static RSocketServer CreateRSocketServer(IServiceProvider provider)
    {
        SetupJudge judge = provider.GetRequiredService<SetupJudge>();
        ConnectionCount connections = provider.GetRequiredService<ConnectionCount>();
        ServerSettings settings = provider.GetRequiredService<ServerSettings>();
        LimitSettings limits = settings.Limits;
        RSocketServerOptions options = new()
        {
            MaxInboundFrameLength = limits.MaxFrameBytes,
            Reassembly = new ReassemblyOptions
            {
                MaxPayloadBytes = limits.MaxPayloadBytes,
                MaxPartials = limits.MaxPartialPayloads,
                MaxPartialBytes = limits.MaxPartialBytes,
                MaxAge = limits.MaxFragmentAge,
            },
            MaxStreams = limits.MaxStreamsPerConnection,
            MaxRequestsInFlight = limits.MaxRequestsInFlight,
            MaxBacklogBytes = limits.MaxBacklogBytes,
            MaxIgnoredFrames = limits.MaxIgnoredFrames,
            SetupTimeout = limits.SetupTimeout,
            MaxSetupBytes = limits.MaxSetupBytes,
            Admission = remote => connections.Enter((remote as IPEndPoint)?.Address),
            LimitHit = provider.GetRequiredService<LimitMetrics>().Hit,
            LingerTimeout = settings.LingerTimeout,
            Lease = settings.LeaseRequestsPerSecond > 0 ? new LeaseOptions { Requests = settings.LeaseRequestsPerSecond } : null,
            Resume = settings.Resume,
            TimeProvider = provider.GetRequiredService<TimeProvider>(),
        };
        RSocketServer server = new(
            (setup, connection, _) => judge.JudgeAsync(setup, connection, upgradeToken: null), options, provider.GetRequiredService<ILogger<RSocketServer>>());
        if (server.Resumption is { } resumption)
        {
            provider.GetRequiredService<ConnectionMetrics>().Observe(resumption);
        }

        return server;
    }
}
