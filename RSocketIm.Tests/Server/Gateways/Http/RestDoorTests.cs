using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using RSocketIm.Server.Gateways.Http;
using RSocketIm.Server.Routing;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Http;

/// <summary>The routes as resources.</summary>
public sealed class RestDoorTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public void EveryRequestResponse_HasATwin()
    {
        string[] routes = [.. server.Services.GetRequiredService<RouteTable>().All.Where(static route => route.Response is not null).Select(static route => route.Name)];
        Assert.InRange(routes.Length, 20, 100);
        Assert.Equal(routes.Order(), RestTwins.All.Select(static twin => twin.Route).Except(["typing"]).Append("system.echo").Distinct().Order());
    }

    [Fact]
    public void EveryFieldOfARoute_HasAPlaceInItsTwin()
    {
        RouteTable routes = server.Services.GetRequiredService<RouteTable>();
        Assert.All(RestTwins.All.Where(static twin => !twin.HasBody), twin =>
        {
            string[] placed = [.. twin.Path.Concat(twin.Query).Select(static parameter => parameter.Name), twin.Fixed?.Name ?? ""];
            string[] lost = [.. routes.Find(twin.Route).Request.Select(static field => field.Name).Except(placed)];
            Assert.True(lost.Length == 0 || (twin.Route, lost[0]) == ("rooms.remove", "role"), $"{twin.Method} {twin.Pattern} has no place for {string.Join(", ", lost)}.");
        });
    }

    [Fact]
    public async Task EveryTwin_IsInTheDescription_AndEveryAddressOfTheDescription_IsServed()
    {
        JsonNode description = JsonNode.Parse(await server.Client.GetStringAsync("/openapi.json"))!;
        Assert.StartsWith("3.", (string?)description["openapi"], StringComparison.Ordinal);
        string[] described = [.. from path in description["paths"]!.AsObject() from method in path.Value!.AsObject() select $"{method.Key.ToUpperInvariant()} {path.Key}"];
        string[] served = [.. from endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                              where endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)
                              from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
                              select $"{method} {endpoint.RoutePattern.RawText}"];
        Assert.Equal(served.Order(), described.Order());
        JsonNode send = description["paths"]!["/api/rooms/{room}/messages"]!["post"]!;
        JsonObject fields = send["requestBody"]!["content"]!["application/json"]!["schema"]!["properties"]!.AsObject();
        Assert.True(fields.ContainsKey("text"));
        Assert.False(fields.ContainsKey("room"));
    }

    [Fact]
    public async Task Room_IsMade_Changed_AndLeft()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        using WebCaller bob = await WebCaller.GuestAsync(server.Http, server.Name("bob"));
        string room = server.Name("room");
        Assert.Equal("owner", (string?)(await ada.CreateAsync(room))["role"]);
        Assert.Equal("New", (string?)(await ada.AskAsync(HttpMethod.Patch, $"/api/rooms/{room}", new { title = "New" }))["title"]);
        Assert.Equal("member", (string?)(await bob.PostAsync($"/api/rooms/{room}/join"))["role"]);
        Assert.Equal(2, (await ada.GetAsync($"/api/rooms/{room}/members?limit=10"))["members"]!.AsArray().Count);
        await ada.AskAsync(HttpMethod.Put, $"/api/rooms/{room}/members/{bob.User}", new { role = "moderator" });
        Assert.Equal("moderator", (string?)(await bob.GetAsync($"/api/rooms/{room}"))["role"]);
        Assert.Equal(room, (string?)Assert.Single((await bob.GetAsync("/api/rooms?mine=true"))["rooms"]!.AsArray())!["room"]);
        await bob.PostAsync($"/api/rooms/{room}/leave");
        Assert.Empty((await bob.GetAsync("/api/rooms?mine=true"))["rooms"]!.AsArray());
        await ada.PostAsync($"/api/rooms/{room}/ban", new { user = bob.User });
        Assert.Equal(403, (await bob.RefusedAsync(HttpMethod.Post, $"/api/rooms/{room}/join")).Status);
        JsonNode direct = await ada.AskAsync(HttpMethod.Put, $"/api/direct/{bob.User}");
        Assert.Equal("direct", (string?)direct["kind"]);
        Assert.Equal(ada.User, (string?)(await ada.GetAsync("/api/whoami"))["user"]);
    }

    [Fact]
    public async Task Message_IsSent_Changed_Found_AndTakenBack()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        JsonNode sent = await ada.PostAsync($"/api/rooms/{room}/messages", new { id = "a", text = "hello zebra", room = "ignored" });
        Assert.Equal((room, 2, false), ((string?)sent["room"], (long)sent["seq"]!, (bool)sent["duplicate"]!));
        Assert.True((bool)(await ada.PostAsync($"/api/rooms/{room}/messages", new { id = "a", text = "hello zebra" }))["duplicate"]!);
        await ada.AskAsync(HttpMethod.Patch, $"/api/rooms/{room}/messages/2", new { text = "hello giraffe" });
        await ada.AskAsync(HttpMethod.Put, $"/api/rooms/{room}/messages/2/reactions/{Uri.EscapeDataString("👍")}");
        JsonNode message = (await ada.GetAsync($"/api/rooms/{room}/history?after=1"))["events"]![0]!;
        Assert.Equal(("hello giraffe", ada.User), ((string?)message["text"], (string?)message["reactions"]!["👍"]![0]));
        await ada.AskAsync(HttpMethod.Delete, $"/api/rooms/{room}/messages/2/reactions/{Uri.EscapeDataString("👍")}");
        Assert.Equal(2, (long)Assert.Single((await ada.GetAsync($"/api/search?query=giraffe&room={room}"))["hits"]!.AsArray())!["seq"]!);
        Assert.Equal(0, (long)(await ada.PostAsync($"/api/rooms/{room}/receipts", new { seq = 2 }))["unread"]!);
        using HttpResponseMessage typing = await ada.SendAsync(HttpMethod.Put, $"/api/rooms/{room}/typing");
        Assert.Equal(HttpStatusCode.NoContent, typing.StatusCode);
        await ada.AskAsync(HttpMethod.Delete, $"/api/rooms/{room}/messages/2?reason=mistake");
        Assert.True((bool)(await ada.GetAsync($"/api/rooms/{room}/history?after=1&limit=1"))["events"]![0]!["deleted"]!);
    }

    [Fact]
    public async Task Send_WithAnIdempotencyKey_IsTheSameMessageEachTime()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        foreach (string key in (string[])["k1", "\"k1\""])
        {
            using HttpResponseMessage sent = await ada.SendAsync(HttpMethod.Post, $"/api/rooms/{room}/messages", new { text = "once" }, ("Idempotency-Key", key));
            JsonNode answer = JsonNode.Parse(await sent.Content.ReadAsStringAsync())!;
            Assert.Equal((2, key[0] == '"'), ((long)answer["seq"]!, (bool)answer["duplicate"]!));
        }

        using HttpResponseMessage both = await ada.SendAsync(HttpMethod.Post, $"/api/rooms/{room}/messages", new { id = "k1", text = "once" }, ("Idempotency-Key", "k1"));
        Assert.Equal(HttpStatusCode.OK, both.StatusCode);
        using HttpResponseMessage contradiction = await ada.SendAsync(HttpMethod.Post, $"/api/rooms/{room}/messages", new { id = "k2", text = "once" }, ("Idempotency-Key", "k1"));
        Assert.Equal((400, "bad_request"), Head(await WebCaller.ProblemOfAsync(contradiction)));
    }

    [Fact]
    public async Task File_GoesUpAndComesDown_WholeOrFromAPlace()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        byte[] file = RandomNumberGenerator.GetBytes(300_000);
        string hash = Convert.ToHexStringLower(SHA256.HashData(file));
        ByteArrayContent content = new(file);
        content.Headers.ContentType = new("image/png");
        using HttpResponseMessage up = await ada.SendAsync(HttpMethod.Post, $"/api/rooms/{room}/attachments?name=a%20b.png&sha256={hash}", content);
        JsonNode kept = JsonNode.Parse(await up.Content.ReadAsStringAsync())!;
        Assert.Equal((300_000, hash), ((long)kept["size"]!, (string?)kept["sha256"]));

        using HttpResponseMessage down = await ada.SendAsync(HttpMethod.Get, $"/api/rooms/{room}/attachments/{kept["id"]}");
        Assert.Equal(("image/png", "attachment"), (down.Content.Headers.ContentType?.MediaType, down.Content.Headers.ContentDisposition?.DispositionType));
        Assert.Equal(file, await down.Content.ReadAsByteArrayAsync());
        using HttpResponseMessage part = await ada.SendAsync(HttpMethod.Get, $"/api/rooms/{room}/attachments/{kept["id"]}", (HttpContent?)null, ("Range", "bytes=100000-199999"));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(file[100_000..200_000], await part.Content.ReadAsByteArrayAsync());

        using HttpResponseMessage wrong = await ada.SendAsync(
            HttpMethod.Post, $"/api/rooms/{room}/attachments?name=a.png&sha256={new string('0', 64)}", new ByteArrayContent(file));
        Assert.Equal((400, "bad_request"), Head(await WebCaller.ProblemOfAsync(wrong)));
        using WebCaller bob = await WebCaller.GuestAsync(server.Http, server.Name("bob"));
        using HttpResponseMessage stranger = await bob.SendAsync(HttpMethod.Post, $"/api/rooms/{room}/attachments?name=a.png", new ByteArrayContent(file));
        Assert.Equal((403, "forbidden"), Head(await WebCaller.ProblemOfAsync(stranger)));
        Assert.Equal(404, (await bob.RefusedAsync(HttpMethod.Get, $"/api/rooms/{room}/attachments/unknown")).Status);
    }

    [Fact]
    public async Task Echo_GivesTheSameBytes()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        byte[] bytes = RandomNumberGenerator.GetBytes(1_000);
        using HttpResponseMessage echo = await ada.SendAsync(HttpMethod.Post, "/api/echo", new ByteArrayContent(bytes));
        Assert.Equal(bytes, await echo.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Page_OfAnotherOrigin_MayAskInAdvance_WhenItIsListed()
    {
        HostedServer open = new() { Options = ["--RSocketIm:AllowedOrigins=https://chat.example"] };
        await open.InitializeAsync();
        using HttpRequestMessage request = new(HttpMethod.Options, "/api/rooms/x/messages/1");
        request.Headers.Add("Origin", "https://chat.example");
        request.Headers.Add("Access-Control-Request-Method", "PATCH");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,idempotency-key");
        using HttpResponseMessage answer = await open.Client.SendAsync(request);
        Assert.Contains("PATCH", string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Methods")), StringComparison.Ordinal);
        Assert.Contains("Idempotency-Key", string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Headers")), StringComparison.OrdinalIgnoreCase);
        await open.DisposeAsync();
    }

    private static (int Status, string Title) Head((int Status, string Title, string Detail) problem) => (problem.Status, problem.Title);
}
