using System.Net;
using System.Net.WebSockets;
using RSocketIm.Protocol;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>The HTTP side of a whole server.</summary>
public sealed class HttpTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task Guest_GetsATokenThatSignsIn_AndKeepsTheName()
    {
        string name = server.Name("guest");
        SignedIn signedIn = await Http.GuestAsync(server.Client, name);
        Assert.Equal(name, signedIn.User);
        await using ChatClient client = await ChatClient.BearerAsync(server.WebSocket, signedIn.Token);
        Assert.Equal(name, (await client.WhoAmIAsync()).User);

        using HttpResponseMessage second = await server.Client.PostAsJsonAsync("/api/guest", new { name });
        Assert.Equal((409, "conflict"), Head(await Http.ProblemAsync(second)));
        await using ChatClient thief = await ChatClient.GuestAsync(server.Tcp, name);
        await Assert.ThrowsAsync<RSocketException>(thief.WhoAmIAsync);
    }

    [Theory]
    [InlineData("{}", "name is missing")]
    [InlineData("{\"name\":\"Not A Name\"}", "name is")]
    [InlineData("{\"name\":7}", "name is")]
    [InlineData("", "is not valid JSON")]
    public async Task Guest_WithABadBody_IsABadRequestThatNamesTheKey(string body, string complaint)
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/api/guest", new StringContent(body));
        (int status, string title, string detail) = await Http.ProblemAsync(response);
        Assert.Equal((400, "bad_request"), (status, title));
        Assert.Contains(complaint, detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guest_WithABodyOfMoreThan64KiB_IsTooLarge()
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/api/guest", new ByteArrayContent(new byte[65_537]));
        Assert.Equal((413, "too_large"), Head(await Http.ProblemAsync(response)));
    }

    [Theory]
    [InlineData("GET", "/api/unknown", 404, "not_found")]
    [InlineData("GET", "/rsocket", 426, "bad_request")]
    [InlineData("DELETE", "/", 404, "not_found")]
    public async Task Request_ToWhatIsNotThere_IsAProblem(string method, string path, int status, string title)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Equal((status, title), Head(await Http.ProblemAsync(response)));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/rooms/lobby")]
    public async Task Page_OfAnyPath_ComesWithHeadersThatGuardIt(string path)
    {
        using HttpResponseMessage response = await server.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
    }

    [Fact]
    public async Task Health_OfARunningServer_IsGoodAndReady()
    {
        Assert.Equal("ok\n", await server.Client.GetStringAsync("/healthz"));
        Assert.Equal("ready\n", await server.Client.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task Metrics_AfterARequest_CountIt()
    {
        await using ChatClient client = await server.GuestAsync();
        await client.CreateAsync(server.Name("metrics"));
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.Matches("(?m)^rsocketim_requests_total\\{route=\"rooms.create\"\\} [1-9]", metrics);
        Assert.Matches("(?m)^rsocketim_connections [1-9]", metrics);
        Assert.Matches("(?m)^rsocketim_commit_duration_seconds_count [1-9]", metrics);
        Assert.Contains("\n# TYPE process_cpu_seconds_total counter\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_OfStreams_TellTheCreditThatWasGrantedAndTheElementsThatWereSent_AlsoWhenTheConnectionIsOver()
    {
        const string Granted = "rsocketim_stream_credit_granted_total{route=\"system.count\"}";
        const string Sent = "rsocketim_stream_elements_sent_total{route=\"system.count\"}";
        long granted = await server.CountAsync(Granted);
        long sent = await server.CountAsync(Sent);
        await using (ChatClient client = await server.GuestAsync())
        {
            Reading reading = client.Stream("system.count", CountRequest.Format, new CountRequest { Count = 1_000 }, 3);
            Reading idle = client.Stream("system.count", CountRequest.Format, new CountRequest { Count = 2 }, 10);
            for (int i = 0; i < 3; i++)
            {
                await reading.NextAsync();
            }

            await idle.Ended;
            Assert.Equal((13, 5), (await server.CountAsync(Granted) - granted, await server.CountAsync(Sent) - sent));
            reading.Grant(4);
            for (int i = 0; i < 4; i++)
            {
                await reading.NextAsync();
            }

            Assert.Equal((17, 9), (await server.CountAsync(Granted) - granted, await server.CountAsync(Sent) - sent));
        }

        while (await server.CountAsync("rsocketim_connections") > 0)
        {
            await Task.Yield(); // until the server has noticed
        }

        Assert.Equal((17, 9), (await server.CountAsync(Granted) - granted, await server.CountAsync(Sent) - sent));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("rsocket", "rsocket")]
    [InlineData("other,rsocket", "rsocket")]
    [InlineData("other", null)]
    public async Task WebSocket_Subprotocol_IsOursWhenOffered(string? offered, string? chosen)
    {
        using ClientWebSocket socket = new();
        foreach (string one in offered?.Split(',') ?? [])
        {
            socket.Options.AddSubProtocol(one);
        }

        // ClientWebSocket calls it an error when none of several offers is taken; the connection is there all the same.
        await socket.ConnectAsync(new Uri(server.WebSocket), CancellationToken.None);
        Assert.Equal(chosen, socket.SubProtocol);
    }

    [Fact]
    public async Task WebSocket_FromAPageOfAnotherOrigin_IsForbidden()
    {
        using ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Origin", "https://evil.example");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri(server.WebSocket), CancellationToken.None));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    private static (int Status, string Title) Head((int Status, string Title, string Detail) problem) => (problem.Status, problem.Title);
}
