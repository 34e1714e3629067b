using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>Each bound of one connection, met on a whole server: what the peer is told, what the metrics count, and the neighbour who noticed nothing.</summary>
public sealed class ConnectionLimitTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly HostedServer server;
    private Neighbour neighbour = null!;

    public ConnectionLimitTests() => server = new HostedServer
    {
        Options =
        [
            "--RSocketIm:Limits:MaxSetupBytes=1024",
            "--RSocketIm:Limits:MaxFrameBytes=70000",
            "--RSocketIm:Limits:MaxPayloadBytes=65536",
            "--RSocketIm:Limits:MaxPartialPayloads=3",
            "--RSocketIm:Limits:MaxPartialBytes=150000",
            "--RSocketIm:Limits:MaxBacklogBytes=65536",
            "--RSocketIm:Limits:MaxIgnoredFrames=50",
            "--RSocketIm:Limits:MaxStreamsPerConnection=5",
            "--RSocketIm:Limits:MaxRequestsInFlight=2",
            "--RSocketIm:Lease:RequestsPerSecond=1",
        ],
        Replace = services => services.AddSingleton<TimeProvider>(time),
    };

    public async Task InitializeAsync()
    {
        await server.InitializeAsync();
        neighbour = await Neighbour.MoveInAsync(server);
    }

    public async Task DisposeAsync()
    {
        await neighbour.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task SetupTimeout_IsInvalidSetup()
    {
        int others = server.Services.GetRequiredService<RSocketServer>().Connections.Count;
        await using RawPeer peer = await server.StrangerAsync();
        await Guard.Until(() => server.Services.GetRequiredService<RSocketServer>().Connections.Count > others, "the connection was accepted");
        time.Advance(TimeSpan.FromSeconds(10));
        await peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
        await ExpectHitAsync("setup_timeout");
    }

    [Fact]
    public async Task SetupBytes_AreInvalidSetup()
    {
        await using RawPeer peer = await server.StrangerAsync();
        await peer.SendAsync(Build.Setup(data: new string('x', 1_100)));
        await peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
        await ExpectHitAsync("setup_bytes");
    }

    [Fact]
    public async Task FrameBytes_AreAConnectionError()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync(Build.RequestResponse(1, new string('x', 70_001)));
        await peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        await ExpectHitAsync("frame_bytes");
    }

    [Fact]
    public async Task FrameBytes_OverWebSocket_AreAConnectionErrorToo()
    {
        await using ChatClient client = await server.GuestAsync(overTcp: false);
        await client.WhoAmIAsync();
        await using RawPeer peer = new(await WebSocketTransport.ConnectAsync(new Uri(server.WebSocket)));
        await peer.SendAsync(Build.Setup(data: new string('x', 1_100)));
        await peer.ExpectErrorAsync(0, ErrorCode.InvalidSetup);
        await client.WhoAmIAsync();
        await ExpectHitAsync("setup_bytes");
    }

    [Fact]
    public async Task PayloadBytes_AreInvalid()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync(Build.RequestResponse(1, new string('x', 60_000), flags: Build.F), Build.Payload(1, new string('x', 60_000), Build.F | Build.N));
        await peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await peer.ExpectNothingMoreAsync();
        await ExpectHitAsync("payload_bytes");
    }

    [Fact]
    public async Task PartialPayloads_AreRejected()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync([.. Enumerable.Range(0, 4).Select(i => Build.RequestResponse((2 * i) + 1, "x", flags: Build.F))]);
        await peer.ExpectErrorAsync(7, ErrorCode.Rejected);
        await peer.ExpectNothingMoreAsync();
        await ExpectHitAsync("partial_payloads");
    }

    [Fact]
    public async Task PartialBytes_AreRejected()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync([.. Enumerable.Range(0, 3).Select(i => Build.RequestResponse((2 * i) + 1, new string('x', 60_000), flags: Build.F))]);
        await peer.ExpectErrorAsync(5, ErrorCode.Rejected);
        await peer.ExpectNothingMoreAsync();
        await ExpectHitAsync("partial_bytes");
    }

    [Fact]
    public async Task Fragments_WithoutContent_AreInvalid()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync([Build.RequestResponse(1, flags: Build.F), .. Enumerable.Repeat(Build.Payload(1, "", Build.F | Build.N), 64)]);
        await peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await peer.ExpectNothingMoreAsync();
        await ExpectHitAsync("fragments");
    }

    [Fact]
    public async Task FragmentAge_IsCanceled()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync(Build.RequestResponse(1, "half", flags: Build.F));
        await peer.ExpectNothingMoreAsync();
        time.Advance(TimeSpan.FromSeconds(31));
        ReceivedFrame error = Assert.Single(((ReceivedFrame[])[.. await peer.ReadUntilProbeAsync(), .. await peer.ReadUntilProbeAsync()]), frame => frame.StreamId == 1);
        Assert.Equal((FrameType.Error, (int)ErrorCode.Canceled), (error.Type, error.Number));
        await ExpectHitAsync("fragment_age");
    }

    [Fact]
    public async Task Streams_AreRejected_AndHalfSentRequestsAreStreams()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync(
        [
            .. Enumerable.Range(0, 3).Select(i => Build.Routed((2 * i) + 1, FrameType.RequestStream, "system.count", "{\"count\":5}")),
            Build.RequestResponse(7, "half", flags: Build.F),
            Build.RequestStream(9, 1, "half", flags: Build.F),
            Build.Routed(11, FrameType.RequestStream, "system.count", "{\"count\":5}"),
        ]);
        List<ReceivedFrame> frames = [.. await peer.ReadUntilProbeAsync(), .. await peer.ReadUntilProbeAsync()];
        ReceivedFrame error = Assert.Single(frames, frame => frame.Type == FrameType.Error);
        Assert.Equal((11, (int)ErrorCode.Rejected), (error.StreamId, error.Number));
        Assert.Equal(3, frames.Count(frame => frame.Type == FrameType.Payload));
        await ExpectHitAsync("streams");
    }

    [Fact]
    public async Task RequestsInFlight_AreRejected()
    {
        await using ChatClient client = await server.GuestAsync("busy");
        string room = server.Name("busy-room");
        await client.CreateAsync(room);
        using ManualResetEventSlim diskIsSlow = new();
        LogWriter writer = server.Services.GetRequiredService<SqliteRoomStore>().Writer;
        writer.Fault = _ => diskIsSlow.Wait(Guard.Patience);
        Task<RSocketIm.Server.Contracts.MessageSent>[] sends = [.. Enumerable.Range(0, 3).Select(i => client.SendAsync(room, $"m{i}", "text"))];
        Task refused = await Task.WhenAny(sends).WaitAsync(Guard.Patience);
        Assert.Equal(ErrorCode.Rejected, Assert.IsType<RSocketException>(refused.Exception!.InnerException).Code);
        Assert.Equal(1, sends.Count(send => send.IsCompleted));
        await neighbour.Client.WhoAmIAsync();
        writer.Fault = null;
        diskIsSlow.Set();
        await Task.WhenAll(sends.Where(send => send != refused)).WaitAsync(Guard.Patience);
        await ExpectHitAsync("requests_in_flight");
    }

    [Fact]
    public async Task LeasedRequests_WithoutALease_AreRejected()
    {
        await using RawPeer peer = await server.RawGuestAsync(lease: true);
        await peer.ExpectAsync(FrameType.Lease, 0);
        await peer.SendAsync(Build.Routed(1, FrameType.RequestResponse, "system.whoami", "{}"), Build.Routed(3, FrameType.RequestResponse, "system.whoami", "{}"));
        List<ReceivedFrame> frames = [.. await peer.ReadUntilProbeAsync(), .. await peer.ReadUntilProbeAsync()];
        Assert.Equal((int)ErrorCode.Rejected, Assert.Single(frames, frame => frame.StreamId == 3).Number);
        Assert.Equal(FrameType.Payload, Assert.Single(frames, frame => frame.StreamId == 1).Type);
        await ExpectHitAsync("leased_requests");
    }

    [Fact]
    public async Task BacklogBytes_PauseTheReading()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        byte[] big = new byte[60_000];
        using CancellationTokenSource enough = new();
        Task sending = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await peer.SendAsync(Build.KeepAlive(respond: true, big));
            }
        });
        while (await server.HitsAsync("backlog_bytes") == 0)
        {
            await neighbour.ExpectUnharmedAsync();
        }

        await enough.CancelAsync();
        await peer.ExpectKeepAliveAsync(respond: false, big); // it goes on as soon as somebody reads
        peer.Abort(); // it may be in the middle of a frame
        await Record.ExceptionAsync(() => sending);
        await neighbour.ExpectUnharmedAsync();
    }

    [Fact]
    public async Task IgnoredFrames_AreAConnectionError()
    {
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync([.. Enumerable.Repeat(Build.Payload(77, "x"), 51)]);
        await peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        await ExpectHitAsync("ignored_frames");
    }

    private async Task ExpectHitAsync(string limit)
    {
        Assert.InRange(await server.HitsAsync(limit), 1, long.MaxValue);
        await neighbour.ExpectUnharmedAsync();
    }
}
