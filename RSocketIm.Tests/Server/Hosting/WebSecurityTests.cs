using System.Net;
using System.Net.WebSockets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>What a browser is told, and what pages of strangers may do.</summary>
public sealed class WebSecurityTests(WebSecurityTests.OpenedServer opened) : IClassFixture<WebSecurityTests.OpenedServer>
{
    private const string Friend = "https://friend.example";
    private const string Stranger = "https://evil.example";

    private readonly HostedServer server = opened.Server;

    [Theory]
    [InlineData("GET", "/", null)]
    [InlineData("GET", "/rooms/lobby", null)]
    [InlineData("GET", "/icon.svg", null)]
    [InlineData("GET", "/healthz", null)]
    [InlineData("GET", "/metrics", null)]
    [InlineData("GET", "/rsocket", null)]
    [InlineData("GET", "/api/unknown", null)]
    [InlineData("POST", "/api/guest", "{")]
    [InlineData("POST", "/api/guest", "{\"name\":\"headers\"}")]
    [InlineData("DELETE", "/", null)]
    public async Task EveryAnswer_ErrorsToo_HasTheHeadersThatGuardIt(string method, string path, string? body)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("object-src 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Cross-Origin-Opener-Policy")));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData(Friend, true)]
    [InlineData(Stranger, false)]
    [InlineData("null", false)]
    public async Task Preflight_OfTheApi_AllowsListedOriginsOnly(string origin, bool allowed)
    {
        using HttpRequestMessage request = new(HttpMethod.Options, "/api/login");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "content-type");
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Equal(allowed ? origin : null, AllowedOrigin(response));
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials")); // there are no cookies to send along
    }

    [Theory]
    [InlineData(Friend, HttpStatusCode.OK, Friend)]
    [InlineData(Stranger, HttpStatusCode.Forbidden, null)]
    [InlineData(null, HttpStatusCode.OK, null)]
    public async Task Api_AnswersPagesOfListedOrigins_InAFormThatTheyMayRead(string? origin, HttpStatusCode status, string? readableBy)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/guest") { Content = JsonContent.Create(new { name = server.Name("guest") }) };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Equal((status, readableBy), (response.StatusCode, AllowedOrigin(response)));
    }

    [Fact]
    public async Task Api_TellsErrorsToo_ToPagesOfListedOrigins()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/guest") { Content = JsonContent.Create(new { name = "Not A Name" }) };
        request.Headers.Add("Origin", Friend);
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.BadRequest, Friend), (response.StatusCode, AllowedOrigin(response)));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("http://{host}", true)]
    [InlineData("https://{host}", true)] // a proxy in front ends TLS
    [InlineData(Friend, true)]
    [InlineData(Stranger, false)]
    [InlineData("http://{host}.evil.example", false)]
    [InlineData("null", false)]
    public async Task WebSocket_OpensForOurPagesAndListedOnes(string? origin, bool opens)
    {
        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin.Replace("{host}", server.Http.Authority, StringComparison.Ordinal));
        }

        Exception? failure = await Record.ExceptionAsync(() => socket.ConnectAsync(new Uri(server.WebSocket), CancellationToken.None));
        Assert.Equal(opens, failure is null);
        Assert.Equal(opens ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task WebSocket_IsNeverCompressed_EvenWhenTheClientOffersIt()
    {
        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        await socket.ConnectAsync(new Uri(server.WebSocket), CancellationToken.None);
        Assert.DoesNotContain(socket.HttpResponseHeaders!.Keys, header => header.Equals("Sec-WebSocket-Extensions", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task HttpAnswers_AreNeverCompressed_SecretsAmongThemAreNotGuessedByTheirLength()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/metrics");
        request.Headers.Add("Accept-Encoding", "gzip, br, deflate");
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("access_token")]
    [InlineData("Access_Token")]
    [InlineData("password")]
    public async Task Token_InAnAddress_IsRefusedEvenWhenItIsGood(string key)
    {
        string token = (await Http.GuestAsync(server.Client, server.Name("guest"))).Token;
        using HttpResponseMessage api = await server.Client.PostAsJsonAsync($"/api/guest?{key}={token}", new { name = server.Name("guest") });
        Assert.Equal((400, "bad_request"), Head(await Http.ProblemAsync(api)));
        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"{server.WebSocket}?{key}={token}"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.BadRequest, socket.HttpStatusCode);
    }

    [Fact]
    public async Task AllowedHosts_KeepAwayPagesThatMakeTheirNamePointHere()
    {
        HostedServer named = new() { Options = ["--AllowedHosts=127.0.0.1"] };
        await named.InitializeAsync();
        foreach ((string host, bool allowed) in ((string, bool)[])[("evil.example", false), (named.Http.Authority, true)])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/guest") { Content = JsonContent.Create(new { name = "rebound" }) };
            request.Headers.Host = host;
            request.Headers.Add("Origin", $"http://{host}");
            using HttpResponseMessage response = await named.Client.SendAsync(request);
            Assert.Equal(allowed, response.IsSuccessStatusCode);
        }

        await named.DisposeAsync();
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("127.0.0.1", true)]
    public async Task AllowedHosts_KeepAwayTheWebSocketsOfSuchPagesToo(string host, bool allowed)
    {
        HostedServer named = new() { Options = ["--AllowedHosts=127.0.0.1"] };
        await named.InitializeAsync();
        using RawWebClient client = await RawWebClient.ConnectAsync(named.Http, client => client.Handshake($"Origin: http://{host}\r\n", host));
        Assert.StartsWith(allowed ? "HTTP/1.1 101 " : "HTTP/1.1 400 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await named.DisposeAsync();
    }

    [Fact]
    public async Task Answer_WithAToken_IsNotKeptByAnybody()
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync("/api/guest", new { name = server.Name("guest") });
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    private static string? AllowedOrigin(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? values) ? Assert.Single(values) : null;

    private static (int Status, string Title) Head((int Status, string Title, string Detail) problem) => (problem.Status, problem.Title);

    public sealed class OpenedServer : IAsyncLifetime
    {
        public HostedServer Server { get; } = new() { Options = [$"--RSocketIm:AllowedOrigins={Friend}"] };

        public Task InitializeAsync() => Server.InitializeAsync();

        public Task DisposeAsync() => Server.DisposeAsync();
    }
}
