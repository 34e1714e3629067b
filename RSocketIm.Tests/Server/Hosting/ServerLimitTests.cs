using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>Each bound of the whole server: what the one too many is told, what the metrics count, and the neighbour who noticed nothing.</summary>
public sealed class ServerLimitTests
{
    [Fact]
    public async Task Connections_OneTooMany_IsToldAtTheDoor_BeforeItSaysAWord()
    {
        await using Site site = await Site.OpenAsync(["--RSocketIm:Limits:MaxConnections=2"]);
        RawPeer silent = await site.Server.StrangerAsync(); // no SETUP, and yet it counts
        await WhenAcceptedAsync(site.Server, 2);

        await using RawPeer third = await site.Server.StrangerAsync();
        ReceivedFrame error = await third.ExpectErrorAsync(0, ErrorCode.RejectedSetup);
        Assert.StartsWith("unavailable: ", error.Data, StringComparison.Ordinal);
        await third.ExpectCloseAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), await UpgradeAsync(site.Server));
        await site.ExpectHitsAsync("connections", 2);

        await silent.DisposeAsync();
        await WhenAcceptedAsync(site.Server, 1);
        await using ChatClient client = await site.Server.GuestAsync(overTcp: false);
        await client.WhoAmIAsync();
    }

    [Fact]
    public async Task ConnectionsPerAddress_OneTooMany_IsToldAtTheDoor_WhateverTheTransport()
    {
        await using Site site = await Site.OpenAsync(["--RSocketIm:Limits:MaxConnectionsPerAddress=2"], overTcp: false);
        await using RawPeer silent = new(await WebSocketTransport.ConnectAsync(new Uri(site.Server.WebSocket)));
        await using RawPeer third = await site.Server.StrangerAsync();
        Assert.StartsWith("rate_limited: ", (await third.ExpectErrorAsync(0, ErrorCode.RejectedSetup)).Data, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.TooManyRequests, "5"), await UpgradeAsync(site.Server));
        await site.ExpectHitsAsync("connections_per_address", 2);
    }

    [Fact]
    public async Task HttpConnections_OneTooMany_IsDropped_AndWebSocketsDoNotCount()
    {
        await using Site site = await Site.OpenAsync(["--RSocketIm:Limits:MaxHttpConnections=1"], overTcp: false);
        await site.Server.Client.GetStringAsync("/healthz"); // keeps its connection
        using Socket second = new(SocketType.Stream, ProtocolType.Tcp);
        await second.ConnectAsync(site.Server.Http.Host, site.Server.Http.Port);
        Assert.Null(await ReadAsync(second));
        string metrics = await site.Server.Client.GetStringAsync("/metrics");
        Assert.Matches("(?m)^kestrel_rejected_connections_total\\{.*\\} 1$", metrics);
        await site.Neighbour.ExpectUnharmedAsync();
    }

    [Fact]
    public async Task HttpHeader_ThatDoesNotEnd_IsCutOffAtTheSetupTimeout()
    {
        await using Site site = await Site.OpenAsync(["--RSocketIm:Limits:SetupTimeoutSeconds=1"]);
        using Socket slow = new(SocketType.Stream, ProtocolType.Tcp);
        await slow.ConnectAsync(site.Server.Http.Host, site.Server.Http.Port);
        await slow.SendAsync("GET /rsocket HTTP/1.1\r\nHost: x\r\nX-Slow: "u8.ToArray());
        Assert.StartsWith("HTTP/1.1 408", await ReadAsync(slow), StringComparison.Ordinal);
        await site.Neighbour.ExpectUnharmedAsync();
    }

    [Fact]
    public async Task Memory_WhenShort_TurnsNewcomersAway_UntilATenthIsFree_AndNobodyElseNotices()
    {
        FakeTimeProvider time = new();
        long used = 500;
        await using Site site = await Site.OpenAsync(["--RSocketIm:Limits:MaxMemoryBytes=1000"], services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddSingleton<MemoryMeasure>(() => Volatile.Read(ref used));
        });
        await using ChatClient welcome = await site.Server.GuestAsync();
        await welcome.WhoAmIAsync();

        Volatile.Write(ref used, 1_001);
        time.Advance(MemoryWatch.Interval); // it may be garbage, which is collected first
        Assert.Equal(HttpStatusCode.OK, (await site.Server.Client.GetAsync("/readyz")).StatusCode);
        time.Advance(MemoryWatch.Interval);
        await using RawPeer newcomer = await site.Server.StrangerAsync();
        Assert.StartsWith("unavailable: The server is short of memory", (await newcomer.ExpectErrorAsync(0, ErrorCode.RejectedSetup)).Data, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), await UpgradeAsync(site.Server));
        using (HttpResponseMessage ready = await site.Server.Client.GetAsync("/readyz"))
        {
            Assert.Equal((503, "unavailable", "Memory is short; new connections are refused."), await Http.ProblemAsync(ready));
        }

        Volatile.Write(ref used, 901);
        time.Advance(MemoryWatch.Interval);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), await UpgradeAsync(site.Server));
        await site.ExpectHitsAsync("memory", 3);
        await welcome.WhoAmIAsync();

        Volatile.Write(ref used, 900);
        time.Advance(MemoryWatch.Interval);
        Assert.Equal(HttpStatusCode.OK, (await site.Server.Client.GetAsync("/readyz")).StatusCode);
        await using ChatClient later = await site.Server.GuestAsync();
        await later.WhoAmIAsync();
    }

    [Fact]
    public async Task CommitQueueBytes_MakeSendersWait_AndLoseNothing()
    {
        await using Site site = await Site.OpenAsync(["--RSocketIm:Limits:CommitQueueBytes=1"]);
        await using ChatClient client = await site.Server.GuestAsync();
        await client.CreateAsync("busy-room");
        using ManualResetEventSlim diskIsSlow = new();
        LogWriter writer = site.Server.Services.GetRequiredService<SqliteRoomStore>().Writer;
        writer.Fault = _ => diskIsSlow.Wait(Guard.Patience);
        Task<MessageSent>[] sends = [.. Enumerable.Range(0, 10).Select(i => client.SendAsync("busy-room", $"m{i}", "text"))];
        while (await site.Server.HitsAsync("commit_queue_bytes") == 0)
        {
            await site.Neighbour.Client.WhoAmIAsync();
        }

        writer.Fault = null;
        diskIsSlow.Set();
        MessageSent[] sent = await Task.WhenAll(sends).WaitAsync(Guard.Patience);
        Assert.Equal(10, sent.Select(one => one.Seq).Distinct().Count());
        await site.Neighbour.ExpectUnharmedAsync();
    }

    [Fact]
    public async Task SendsPerSecond_AreRateLimited()
    {
        await using Site site = await Site.OpenAsync(["--RSocketIm:Limits:SendsPerSecond=5"]);
        await using ChatClient client = await site.Server.GuestAsync();
        await client.CreateAsync("busy-room");
        Task<MessageSent>[] sends = [.. Enumerable.Range(0, 1_000).Select(i => client.SendAsync("busy-room", $"m{i}", "text"))];
        RSocketException refused = await Assert.ThrowsAsync<RSocketException>(() => Task.WhenAll(sends).WaitAsync(ChatClient.Patience));
        Assert.Equal((uint)ContractError.RateLimited, (uint)refused.Code);
        await site.ExpectHitsAsync("sends_per_second", 1);
    }

    [Fact]
    public async Task SignIns_TooMany_AreRateLimited()
    {
        await using Site site = await Site.OpenAsync(
            ["--RSocketIm:Limits:SignInsPerMinute=3", "--RSocketIm:Limits:FailedSignInsPerName=1", "--RSocketIm:Limits:LimitLoopback=true"]);
        foreach (string limit in (string[])["failed_sign_ins_per_name", "sign_ins_per_minute"])
        {
            HttpStatusCode answer;
            do
            {
                using HttpResponseMessage response = await site.Server.Client.PostAsJsonAsync("/api/login", new { name = "member", password = "wrong horse" });
                answer = response.StatusCode;
            }
            while (answer == HttpStatusCode.Unauthorized);
            Assert.Equal(HttpStatusCode.TooManyRequests, answer);
            while (await site.Server.HitsAsync(limit) == 0)
            {
                using HttpResponseMessage response = await site.Server.Client.PostAsJsonAsync("/api/login", new { name = "member", password = "wrong horse" });
                Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            }
        }

        await site.Neighbour.ExpectUnharmedAsync();
    }

    [Fact]
    public async Task PasswordsWaiting_TooMany_AreUnavailable()
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<LimitMetrics>().AddSingleton<MetricsExporter>().BuildServiceProvider();
        MetricsExporter exporter = services.GetRequiredService<MetricsExporter>();
        using Passwords passwords = new(iterations: 100_000, atOnce: 1, services.GetRequiredService<LimitMetrics>());
        using CancellationTokenSource enough = new();
        Task<string>[] hashes = [.. Enumerable.Range(0, 300).Select(_ => passwords.HashAsync("correct horse", enough.Token))];
        RSocketException refused = await Assert.ThrowsAsync<RSocketException>(() => hashes[^1]);
        Assert.Equal((uint)ContractError.Unavailable, (uint)refused.Code);
        await hashes[0].WaitAsync(Guard.Patience); // who was there first has noticed nothing
        await enough.CancelAsync();
        await Record.ExceptionAsync(() => Task.WhenAll(hashes));
        Assert.Matches("(?m)^rsocketim_limit_hits_total\\{limit=\"passwords_waiting\"\\} [1-9]", exporter.Write());
    }

    [Fact]
    public async Task HttpBodyBytes_AreTooLarge_AndHeadersToo()
    {
        await using Site site = await Site.OpenAsync([]);
        using HttpResponseMessage body = await site.Server.Client.PostAsync("/api/guest", new ByteArrayContent(new byte[65_537]));
        Assert.Equal(413, (await Http.ProblemAsync(body)).Status);
        using HttpRequestMessage request = new(HttpMethod.Get, "/healthz");
        request.Headers.Add("X-Long", new string('x', 33_000));
        using HttpResponseMessage header = await site.Server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, header.StatusCode);
        await site.ExpectHitsAsync("http_body_bytes", 1);
    }

    private static Task WhenAcceptedAsync(HostedServer server, int connections)
    {
        RSocketServer rsocket = server.Services.GetRequiredService<RSocketServer>();
        return Guard.Until(() => rsocket.Connections.Count == connections, $"there were {connections} connections");
    }

    private static async Task<(HttpStatusCode? Status, string? RetryAfter)> UpgradeAsync(HostedServer server)
    {
        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri(server.WebSocket), CancellationToken.None));
        return (socket.HttpStatusCode, socket.HttpResponseHeaders?.TryGetValue("Retry-After", out IEnumerable<string>? value) == true ? value.Single() : null);
    }

    /// <summary>What came, or null when the connection was ended without a word.</summary>
    private static async Task<string?> ReadAsync(Socket socket)
    {
        byte[] buffer = new byte[4_096];
        try
        {
            int count = await socket.ReceiveAsync(buffer).Within();
            return count == 0 ? null : System.Text.Encoding.ASCII.GetString(buffer, 0, count);
        }
        catch (SocketException)
        {
            return null; // a reset: no word either
        }
    }

    /// <summary>A server with a limit, and somebody who lives there.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private Site(HostedServer server, Neighbour neighbour) => (Server, Neighbour) = (server, neighbour);

        public HostedServer Server { get; }

        public Neighbour Neighbour { get; }

        public static async Task<Site> OpenAsync(string[] options, Action<IServiceCollection>? replace = null, bool overTcp = true)
        {
            HostedServer server = new() { Options = options, Replace = replace };
            await server.InitializeAsync();
            return new Site(server, await Neighbour.MoveInAsync(server, overTcp));
        }

        public async Task ExpectHitsAsync(string limit, int least)
        {
            Assert.InRange(await Server.HitsAsync(limit), least, long.MaxValue);
            await Neighbour.ExpectUnharmedAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Neighbour.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
