using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Http;

/// <summary>What is wrong with a request, and the problem that says so.</summary>
public sealed class WrongRequestTests(HostedServer server) : IClassFixture<HostedServer>
{
    public static TheoryData<string, string, string?, int, string, string> Requests => new()
    {
        { "GET", "/api/rooms/{open}/events?after=nine", null, 400, "bad_request", "after" },
        { "GET", "/api/rooms/{open}/events?after=-1", null, 400, "bad_request", "after" },
        { "GET", "/api/rooms/{open}/events?after=1.5", null, 400, "bad_request", "after" },
        { "GET", "/api/rooms/{open}/events?after=99", null, 400, "bad_request", "after" },
        { "GET", "/api/rooms/{open}/events?after=99999999999999999999", null, 400, "bad_request", "after" },
        { "GET", "/api/rooms/{open}/events?after=1&after=2", null, 400, "bad_request", "after is given twice" },
        { "GET", "/api/rooms/{open}/events?limit=0", null, 400, "bad_request", "limit" },
        { "GET", "/api/rooms/{open}/events?limit=501", null, 400, "bad_request", "limit" },
        { "GET", "/api/rooms/{open}/events?limit=2147483648", null, 400, "bad_request", "limit" },
        { "GET", "/api/rooms/{open}/events?wait=56", null, 400, "bad_request", "wait" },
        { "GET", "/api/rooms/{open}/events?wait=-1", null, 400, "bad_request", "wait" },
        { "GET", "/api/rooms/{open}/events?wait=soon", null, 400, "bad_request", "wait" },
        { "GET", "/api/rooms/{open}/events?wait=s", null, 400, "bad_request", "wait" },
        { "GET", "/api/rooms/{open}/events?epoch=stale", null, 410, "gone", "stale" },
        { "GET", "/api/rooms/{open}/events?epoch=", null, 400, "bad_request", "epoch" },
        { "GET", "/api/rooms/Not A Room/events", null, 400, "bad_request", "room" },
        { "GET", "/api/rooms/no-such-room/events", null, 404, "not_found", "no-such-room" },
        { "GET", "/api/rooms/{hidden}/events", null, 404, "not_found", "{hidden}" },
        { "GET", "/api/rooms/{hidden}", null, 404, "not_found", "{hidden}" },
        { "GET", "/api/rooms/{hidden}/history", null, 404, "not_found", "{hidden}" },
        { "POST", "/api/rooms/{hidden}/messages", "{\"id\":\"a\",\"text\":\"a\"}", 404, "not_found", "{hidden}" },
        { "GET", "/api/inbox?positions=", null, 400, "bad_request", "positions" },
        { "GET", "/api/inbox?positions=[1]", null, 400, "bad_request", "positions" },
        { "GET", "/api/inbox?positions={\"a\":\"b\"}", null, 400, "bad_request", "positions" },
        { "GET", "/api/inbox?limit=many", null, 400, "bad_request", "limit" },
        { "GET", "/api/rooms?limit=201", null, 400, "bad_request", "limit" },
        { "GET", "/api/rooms?mine=perhaps", null, 400, "bad_request", "mine" },
        { "POST", "/api/rooms", "", 400, "bad_request", "room is missing" },
        { "POST", "/api/rooms", "[]", 400, "bad_request", "map" },
        { "POST", "/api/rooms", "{", 400, "bad_request", "JSON" },
        { "POST", "/api/rooms", "{\"room\":7}", 400, "bad_request", "room" },
        { "POST", "/api/rooms", "{\"room\":\"{open}\"}", 409, "conflict", "{open}" },
        { "POST", "/api/rooms/{open}/messages", "{\"text\":\"a\"}", 400, "bad_request", "id is missing" },
        { "POST", "/api/rooms/{open}/messages", "{\"id\":\"a\"}", 400, "bad_request", "text is missing" },
        { "POST", "/api/rooms/{open}/messages", "{\"id\":\"a\",\"text\":\"\"}", 400, "bad_request", "text" },
        { "POST", "/api/rooms/{open}/messages", "{\"id\":\"a\",\"text\":\"a\"}", 403, "forbidden", "{open}" },
        { "PATCH", "/api/rooms/{open}/messages/two", "{\"text\":\"a\"}", 400, "bad_request", "target" },
        { "PATCH", "/api/rooms/{open}/messages/0", "{\"text\":\"a\"}", 400, "bad_request", "target" },
        { "DELETE", "/api/rooms/{open}/messages/1", null, 403, "forbidden", "{open}" },
        { "PUT", "/api/rooms/{open}/members/somebody", "{}", 400, "bad_request", "role" },
        { "GET", "/api/presence", null, 400, "bad_request", "users" },
        { "GET", "/api/presence?users=Not,Valid", null, 400, "bad_request", "users" },
        { "GET", "/api/search", null, 400, "bad_request", "query" },
        { "GET", "/api/nothing", null, 404, "not_found", "/api/nothing" },
        { "GET", "/api/rooms?token=abc", null, 400, "bad_request", "address" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_ThatIsWrong_IsTheProblemOfTheContract(string method, string path, string? body, int status, string title, string says)
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        using WebCaller eve = await WebCaller.GuestAsync(server.Http, server.Name("eve"));
        string open = server.Name("open");
        string hidden = server.Name("hidden");
        await ada.CreateAsync(open);
        await ada.PostAsync("/api/rooms", new { room = hidden, kind = "private" });
        string Fill(string text) => text.Replace("{open}", open, StringComparison.Ordinal).Replace("{hidden}", hidden, StringComparison.Ordinal);

        (int Status, string Title, string Detail) problem = await eve.RefusedAsync(new HttpMethod(method), Fill(path), body is null ? null : Fill(body));
        Assert.Equal((status, title), (problem.Status, problem.Title));
        Assert.Contains(Fill(says), problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_ThatIsTooLong_IsTooLarge_AndABodyToo()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        Assert.Equal(413, (await ada.RefusedAsync(HttpMethod.Post, $"/api/rooms/{room}/messages", new { id = "a", text = new string('x', 16_385) })).Status);
        Assert.Equal((413, "too_large"), Head(await ada.RefusedAsync(HttpMethod.Post, $"/api/rooms/{room}/messages", new { id = "a", text = new string('x', 70_000) })));
        using HttpResponseMessage form = await ada.SendAsync(HttpMethod.Post, $"/api/rooms/{room}/messages", new FormUrlEncodedContent([new("id", "a")]));
        Assert.Equal((400, "bad_request"), Head(await WebCaller.ProblemOfAsync(form)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer nonsense")]
    [InlineData("Basic YTpi")]
    public async Task Request_WithoutAToken_IsUnauthenticated(string? authorization)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/rooms");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Equal((401, "unauthenticated"), Head(await WebCaller.ProblemOfAsync(response)));
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    private static (int Status, string Title) Head((int Status, string Title, string Detail) problem) => (problem.Status, problem.Title);
}
