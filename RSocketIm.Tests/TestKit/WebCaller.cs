using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RSocketIm.Server.Accounts;

namespace RSocketIm.Tests.TestKit;

/// <summary>A user at the HTTP doors: what a script with an HTTP client would do, and nothing of our own library.</summary>
internal sealed class WebCaller : IDisposable
{
    private readonly HttpClient client;

    private WebCaller(Uri address, string user, string token)
    {
        // No bound on an answer's time: the tests have theirs.
        client = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        User = user;
        Token = token;
    }

    public string User { get; }

    public string Token { get; }

    public Uri Address => client.BaseAddress!;

    public static async Task<WebCaller> GuestAsync(Uri address, string name)
    {
        using HttpClient stranger = new() { BaseAddress = address };
        SignedIn signedIn = await Http.GuestAsync(stranger, name);
        return new WebCaller(address, name, signedIn.Token);
    }

    /// <summary>The same user at another address of the server, as behind a proxy.</summary>
    public WebCaller At(Uri address) => new(address, User, Token);

    /// <summary>Sends a request and reads the whole answer's head; the body as it comes.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, body is null ? null : new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"), headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(ServerProcess.Patience);
    }

    /// <summary>Sends a request that succeeds; its answer as JSON.</summary>
    public async Task<JsonNode> AskAsync(HttpMethod method, string path, object? body = null)
    {
        using HttpResponseMessage response = await SendAsync(method, path, body);
        string text = await response.Content.ReadAsStringAsync().WaitAsync(ServerProcess.Patience);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public Task<JsonNode> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    public Task<JsonNode> PostAsync(string path, object? body = null) => AskAsync(HttpMethod.Post, path, body);

    public Task<JsonNode> CreateAsync(string room) => PostAsync("/api/rooms", new { room });

    public async Task<long> SayAsync(string room, string id, string text = "text") =>
        (long)(await PostAsync($"/api/rooms/{room}/messages", new { id, text }))["seq"]!;

    /// <summary>The problem that a request is answered with.</summary>
    public async Task<(int Status, string Title, string Detail)> RefusedAsync(HttpMethod method, string path, object? body = null)
    {
        using HttpResponseMessage response = await SendAsync(method, path, body);
        return await Http.ProblemAsync(response);
    }

    /// <summary>The problem that an answer is.</summary>
    public static Task<(int Status, string Title, string Detail)> ProblemOfAsync(HttpResponseMessage response) => Http.ProblemAsync(response);

    /// <summary>Opens an event stream.</summary>
    public async Task<EventStreamReading> EventsAsync(string path, params (string Name, string Value)[] headers)
    {
        HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, (HttpContent?)null, [("Accept", "text/event-stream"), .. headers]);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventStreamReading(response);
    }

    public async Task<string> TicketAsync() => (string)(await PostAsync("/api/tickets"))["ticket"]!;

    /// <summary>Opens <c>/ws</c>, signed in by the header.</summary>
    public async Task<SocketCaller> SocketAsync()
    {
        ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {Token}");
        await socket.ConnectAsync(new Uri($"ws://{Address.Authority}/ws"), CancellationToken.None).WaitAsync(ServerProcess.Patience);
        return new SocketCaller(socket);
    }

    public void Dispose() => client.Dispose();
}
