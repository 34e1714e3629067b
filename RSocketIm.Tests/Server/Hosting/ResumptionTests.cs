using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Signals;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>A whole server and clients that are cut off from it.</summary>
public sealed class ResumptionTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly HostedServer server;

    public ResumptionTests() => server = new HostedServer
    {
        Options = ["--RSocketIm:Auth:TokenLifetime=60"],
        Replace = services => services.AddSingleton<TimeProvider>(time),
    };

    private ResumeStatistics Statistics => server.Services.GetRequiredService<RSocketServer>().Resumption!;

    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Feed_GoesOnAfterTheCut_WithoutAnotherRequest(bool overTcp)
    {
        await using FaultProxy proxy = FaultProxy.Start(overTcp ? server.Tcp : server.WebSocket);
        await using ChatClient reader = await ConnectAsync(overTcp ? proxy.Tcp : proxy.WebSocket);
        string room = server.Name("room");
        await reader.CreateAsync(room);
        string connection = (await reader.WhoAmIAsync()).Connection;
        Reading feed = reader.Feed(room, credit: 3);
        Assert.Equal(1, Assert.Single(await feed.NextSeqsAsync(1)));

        await using ChatClient writer = await server.GuestAsync("writer");
        await writer.JoinAsync(room);
        for (int i = 0; i < 4; i++)
        {
            await proxy.CutAsync(i % 2 == 0 ? CutKind.Reset : CutKind.Fin);
            await writer.SendAsync(room, $"m{i}", "hello");
            feed.Grant(1);
        }

        long[] seqs = await feed.NextSeqsAsync(5);
        Assert.Equal([2L, 3L, 4L, 5L, 6L], seqs);
        Assert.Equal(connection, (await reader.WhoAmIAsync()).Connection);
        Assert.InRange(Statistics.Resumed, 1, 4);
    }

    [Fact]
    public async Task SecondUserOfAToken_IsRejected_AndTheFirstGoesOn()
    {
        byte[] token = [1, 2, 3];
        await using ChatClient first = await ConnectAsync(server.Tcp, token: token);
        await first.WhoAmIAsync();
        await using ChatClient second = await ConnectAsync(server.Tcp, token: token);
        await second.Connection.Closed.Within();
        Assert.Equal(ErrorCode.RejectedSetup, Assert.IsType<RSocketException>(second.Connection.CloseReason).Code);
        await first.WhoAmIAsync();
    }

    [Fact]
    public async Task DetachedSession_EndsWithItsToken()
    {
        SignedIn signedIn = await Http.GuestAsync(server.Client, server.Name("guest"));
        await using ChatClient client = await DetachedAsync(new RequestMetadata().Bearer(signedIn.Token).ToArray());
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, Statistics.Detached);
        time.Advance(TimeSpan.FromSeconds(1));
        await Guard.Until(() => Statistics.Detached == 0, "the session is over");
        Assert.Equal(0, Statistics.Expired); // of itself it would have had a minute more
    }

    [Fact]
    public async Task User_StaysOnlineWhileTheSessionMayBeResumed_AndTenSecondsMore()
    {
        string user = server.Name("guest");
        await using ChatClient client = await DetachedAsync(new RequestMetadata().Simple(user, "").ToArray());
        PresenceTracker presence = server.Services.GetRequiredService<PresenceTracker>();
        time.Advance(TimeSpan.FromSeconds(119));
        Assert.NotNull(presence.OnlineSince(user));
        time.Advance(TimeSpan.FromSeconds(1));
        await Guard.Until(() => server.Services.GetRequiredService<RSocketServer>().Connections.Count == 0, "the session is over");
        Assert.NotNull(presence.OnlineSince(user));
        time.Advance(PresenceTracker.Grace);
        Assert.Null(presence.OnlineSince(user));
        Assert.Equal(1, Statistics.Expired);
    }

    [Fact]
    public async Task Metrics_TellOfSessions()
    {
        await using ChatClient client = await DetachedAsync(new RequestMetadata().Simple(server.Name("guest"), "").ToArray());
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.Contains("rsocketim_resume_detached 1", metrics, StringComparison.Ordinal);
        Assert.All(
            ["resumed", "refused", "lost", "evicted", "expired", "retained"],
            name => Assert.Contains($"rsocketim_resume_{name}", metrics, StringComparison.Ordinal));
    }

    // Connected, and cut off for good.
    private async Task<ChatClient> DetachedAsync(byte[] credentials)
    {
        ChatClient client;
        await using (FaultProxy proxy = FaultProxy.Start(server.Tcp))
        {
            client = await ConnectAsync(proxy.Tcp, credentials);
            await client.WhoAmIAsync();
        }

        await Guard.Until(() => Statistics.Detached == 1, "the session is detached");
        return client;
    }

    // The server's clock jumps; its keepalive must not take that for silence.
    private async Task<ChatClient> ConnectAsync(string address, byte[]? credentials = null, byte[]? token = null)
    {
        ConnectionSetup setup = new()
        {
            DataMimeType = DataMimeTypes.Json,
            Payload = new Payload(default, credentials ?? new RequestMetadata().Simple(server.Name("reader"), "").ToArray()),
            KeepAliveInterval = TimeSpan.FromHours(1),
            MaxLifetime = TimeSpan.FromHours(2),
            ResumeToken = token,
        };
        RSocketClientOptions options = new()
        {
            Setup = setup,
            Resume = new ResumeOptions(),
            Reconnect = token is null ? new ReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(20) } : null,
        };
        return new ChatClient(await RSocketClient.ConnectAsync(address, options), DataFormat.Json);
    }
}
