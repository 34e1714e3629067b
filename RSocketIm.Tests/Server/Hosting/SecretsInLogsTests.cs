using System.Net.WebSockets;
using System.Text;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>Everything is logged that can be, at the lowest level, through every way to sign in and to fail at it: no token, no password, no key is in it.</summary>
public sealed class SecretsInLogsTests
{
    private const string Right = "correct-horse-4711";
    private const string Wrong = "wrong-battery-0815";
    private const string Key = "q7Zt0vXW3mB9rLk2Yc8HsN5uDfJ1aGpE";

    [Fact]
    public async Task Logs_AtTrace_HoldNoSecret()
    {
        LogCollector logs = new();
        HostedServer server = new()
        {
            Options =
            [
                "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft=Trace", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Trace",
                "--Logging:LogLevel:Microsoft.AspNetCore=Trace", $"--RSocketIm:Auth:SigningKey={Key}",
            ],
            Replace = services => services.AddLogging(logging => logging.AddProvider(logs)),
        };
        await server.InitializeAsync();
        List<string> secrets = [Right, Wrong, Key];
        await SignInByHttpAsync(server, secrets);
        await SignInBySetupAsync(server, secrets);
        await SignInByTicketAsync(server, secrets);
        await server.StopAsync();
        await server.DisposeAsync();

        string text = logs.Text;
        Assert.Contains("Draining", text, StringComparison.Ordinal); // it does listen
        Assert.Contains("Microsoft.AspNetCore.Routing", text, StringComparison.Ordinal); // to the framework too
        foreach (string secret in secrets)
        {
            string[] forms = [secret, Uri.EscapeDataString(secret), Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), secret.Split('.')[^1]];
            Assert.All(forms, form => Assert.DoesNotContain(form, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Logs_OfWhatAPeerSays_AreShort_AndForgeNoLine()
    {
        LogCollector logs = new();
        HostedServer server = new() { Replace = services => services.AddLogging(logging => logging.AddProvider(logs)) };
        await server.InitializeAsync();
        await using RawPeer peer = await server.RawGuestAsync();
        await peer.SendAsync(Build.Error(0, ErrorCode.ConnectionError, "goodbye\nFORGED \u001b[31m" + new string('x', 1_000_000)));
        await peer.ExpectCloseAsync();
        await server.StopAsync();
        await server.DisposeAsync();
        Assert.Contains("goodbye FORGED  [31mxxx", logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('x', 200), logs.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000", true)]
    [InlineData("1000000000000", false)]
    public async Task Start_WithCachesThatNeedMoreMemoryThanThereIs_WarnsOfIt(string maxMemoryBytes, bool warns)
    {
        LogCollector logs = new();
        HostedServer server = new()
        {
            Options = ["--RSocketIm:Limits:MaxMemoryPercent=0", $"--RSocketIm:Limits:MaxMemoryBytes={maxMemoryBytes}"],
            Replace = services => services.AddLogging(logging => logging.AddProvider(logs)),
        };
        await server.InitializeAsync();
        await server.DisposeAsync();
        Assert.Equal(warns, logs.Text.Contains("lower RSocketIm:Limits:TailBytes", StringComparison.Ordinal));
    }

    private static async Task SignInByHttpAsync(HostedServer server, List<string> secrets)
    {
        foreach ((string path, string password) in ((string, string)[])[("register", Right), ("register", Right), ("login", Right), ("login", Wrong), ("guest", "")])
        {
            using HttpResponseMessage response = await server.Client.PostAsJsonAsync("/api/" + path, new { name = path == "guest" ? "guest" : "member", password });
            if (response.IsSuccessStatusCode)
            {
                secrets.Add(SignedIn.Format.Read(DataFormat.Json, await response.Content.ReadAsByteArrayAsync()).Token);
            }
        }

        Assert.Equal(6, secrets.Count);
        foreach (string body in (string[])[$"{{\"name\":\"member\",\"password\":\"{Right}", $"{{\"name\":7,\"password\":\"{Right}\"}}", $"{{\"name\":\"member\",\"password\":[\"{Right}\"]}}", Right])
        {
            using HttpResponseMessage response = await server.Client.PostAsync("/api/login", new StringContent(body));
            Assert.False(response.IsSuccessStatusCode);
        }

        using HttpResponseMessage query = await server.Client.PostAsJsonAsync($"/api/login?token={secrets[^1]}", new { name = "member", password = Right });
        using HttpResponseMessage page = await server.Client.GetAsync($"/?token={secrets[^1]}");
        using HttpRequestMessage header = new(HttpMethod.Get, "/healthz");
        header.Headers.Add("Authorization", "Bearer " + secrets[^1]);
        using HttpResponseMessage health = await server.Client.SendAsync(header);
        using ClientWebSocket socket = new();
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"{server.WebSocket}?access_token={secrets[^1]}"), CancellationToken.None));
    }

    private static async Task SignInByTicketAsync(HostedServer server, List<string> secrets)
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, "ticketed");
        await ada.CreateAsync("ticketed");
        secrets.Add(ada.Token);
        foreach (string path in (string[])["/api/whoami", "/api/rooms/ticketed/events", "/api/rooms/Not A Room/events", "/api/unknown", "/ws", "/rsocket"])
        {
            string ticket = await ada.TicketAsync();
            secrets.Add(ticket);
            using HttpResponseMessage first = await server.Client.GetAsync($"{path}?ticket={ticket}");
            using HttpResponseMessage second = await server.Client.GetAsync($"{path}?ticket={ticket}");
        }

        string last = await ada.TicketAsync();
        secrets.Add(last);
        await using SocketCaller byTicket = await SocketCaller.ConnectAsync(server.Http, $"?ticket={last}");
        await byTicket.SayAsync(new { op = "hello", token = ada.Token });
        await byTicket.SayAsync(new { op = "hello", token = ada.Token[..^4] });
        await byTicket.NextAsync("error");
    }

    private static async Task SignInBySetupAsync(HostedServer server, List<string> secrets)
    {
        string token = secrets[3];
        byte[][] credentials =
        [
            new RequestMetadata().Bearer(token).ToArray(),
            new RequestMetadata().Bearer(token[..^4]).ToArray(),
            new RequestMetadata().Bearer(token + "AAAA").ToArray(),
            new RequestMetadata().Simple("member", Right).ToArray(),
            new RequestMetadata().Simple("member", Wrong).ToArray(),
            new RequestMetadata().Simple("Not A Name", Wrong).ToArray(),
            [.. new RequestMetadata().Bearer(token).ToArray(), 0xFE, 0, 0, 9],
        ];
        foreach (string address in (string[])[server.Tcp, server.WebSocket])
        {
            foreach (byte[] one in credentials)
            {
                await using ChatClient client = await ChatClient.ConnectAsync(address, one, DataFormat.Json);
                if (await Record.ExceptionAsync(client.WhoAmIAsync) is null)
                {
                    await client.Connection.MetadataPushAsync(new RequestMetadata().Bearer(token).ToArray());
                    await client.Connection.MetadataPushAsync(new RequestMetadata().Bearer(secrets[^1]).ToArray()); // another user's
                    await client.WhoAmIAsync();
                }
            }
        }

        secrets.Add(token[..^4]);
    }
}
