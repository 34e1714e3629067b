using System.Net.Http.Headers;
using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

/// <summary>The routes below <c>/api</c> of a whole server.</summary>
public sealed class AccountEndpointsTests(HostedServer server) : IClassFixture<HostedServer>
{
    private const string Password = "correct horse";

    /// <summary>Every route × every kind of wrong input: status, and what the sentence names.</summary>
    public static TheoryData<string, string?, string, int, string> WrongInputs
    {
        get
        {
            TheoryData<string, string?, string, int, string> inputs = new();
            foreach (string path in new[] { "/api/guest", "/api/register", "/api/login" })
            {
                inputs.Add(path, "", "application/json", 400, "is not valid JSON");
                inputs.Add(path, "name=alice", "application/json", 400, "is not valid JSON");
                inputs.Add(path, "[]", "application/json", 400, "");
                inputs.Add(path, "{}", "application/json", 400, "name is missing");
                inputs.Add(path, Body("7"), "application/json", 400, "name is");
                inputs.Add(path, Body("null"), "application/json", 400, "name is null");
                inputs.Add(path, Body("\"\""), "application/json", 400, "name is");
                inputs.Add(path, Body("\"Not A Name\""), "application/json", 400, "name is");
                inputs.Add(path, Body($"\"{new string('a', 33)}\""), "application/json", 400, "name is");
                inputs.Add(path, "{\"name\":\"a\",\"name\":\"b\",\"password\":\"correct horse\"}", "application/json", 400, "name");
                inputs.Add(path, Body("\"typed\""), "text/plain", 400, "Content-Type is text/plain");
                inputs.Add(path, Body("\"typed\""), "application/x-www-form-urlencoded", 400, "application/json");
                inputs.Add(path, null, "application/json", 413, "65536 bytes");
            }

            foreach (string path in new[] { "/api/register", "/api/login" })
            {
                inputs.Add(path, "{\"name\":\"typed\"}", "application/json", 400, "password is missing");
                inputs.Add(path, Body("\"typed\"", "12345678"), "application/json", 400, "password is");
                inputs.Add(path, Body("\"typed\"", "\"\""), "application/json", 400, "password is");
                inputs.Add(path, Body("\"typed\"", $"\"{new string('x', 257)}\""), "application/json", 400, "password is");
                inputs.Add(path, Body("\"typed\"", $"\"{new string('ä', 129)}\""), "application/json", 400, "password is");
            }

            inputs.Add("/api/register", Body("\"typed\"", "\"1234567\""), "application/json", 400, "password is");
            return inputs;
        }
    }

    [Theory]
    [MemberData(nameof(WrongInputs))]
    public async Task Post_OfWrongInput_IsAProblemThatNamesTheKey_AndMakesNoAccount(string path, string? body, string type, int status, string complaint)
    {
        using ByteArrayContent content = new(body is null ? new byte[65_537] : Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using HttpResponseMessage response = await server.Client.PostAsync(path, content);
        (int Status, string Title, string Detail) problem = await Http.ProblemAsync(response);
        Assert.Equal((status, status == 413 ? "too_large" : "bad_request"), (problem.Status, problem.Title));
        Assert.Contains(complaint, problem.Detail, StringComparison.Ordinal);
        Assert.Null(await server.Services.GetRequiredService<IAccountStore>().FindAccountAsync("typed", CancellationToken.None));
    }

    [Fact]
    public async Task Register_ThenLogin_GivesTokensThatSignIn_AndSimpleDoesToo()
    {
        string name = server.Name("member");
        SignedIn registered = await SignInAsync("/api/register", name, Password);
        SignedIn loggedIn = await SignInAsync("/api/login", name, Password);
        Assert.Equal((name, name), (registered.User, loggedIn.User));
        Assert.True(loggedIn.ExpiresAt > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        foreach (SignedIn one in new[] { registered, loggedIn })
        {
            await using ChatClient byToken = await ChatClient.BearerAsync(server.WebSocket, one.Token);
            Assert.Equal(name, (await byToken.WhoAmIAsync()).User);
        }

        await using ChatClient byPassword = await ChatClient.ConnectAsync(server.Tcp, new RequestMetadata().Simple(name, Password).ToArray(), DataFormat.Json);
        Assert.Equal(name, (await byPassword.WhoAmIAsync()).User);
    }

    [Fact]
    public async Task Login_OfAnUnknownNameOrAWrongPassword_IsAnsweredInTheSameWords()
    {
        string name = server.Name("member");
        await SignInAsync("/api/register", name, Password);
        (int Status, string Title, string Detail)[] problems =
        [
            await ProblemAsync("/api/login", name, "wrong horse"),
            await ProblemAsync("/api/login", name, "short"),
            await ProblemAsync("/api/login", server.Name("nobody"), Password),
        ];
        Assert.All(problems, problem => Assert.Equal((401, "unauthenticated", "The name or the password is wrong."), problem));
    }

    [Fact]
    public async Task Name_OfAnAccount_IsNoGuests()
    {
        string name = server.Name("member");
        await SignInAsync("/api/register", name, Password);
        Assert.Equal(409, (await ProblemAsync("/api/register", name, Password)).Status);
        Assert.Equal((409, "conflict"), Head(await ProblemAsync("/api/guest", name, "")));
        await using ChatClient guest = await ChatClient.GuestAsync(server.Tcp, name);
        await Assert.ThrowsAsync<RSocketException>(guest.WhoAmIAsync);
        await guest.Connection.Closed.Within(); // the request fails first, the client knows why after that
        Assert.Equal(ErrorCode.RejectedSetup, Assert.IsType<RSocketException>(guest.Connection.CloseReason).Code);
    }

    [Fact]
    public async Task Name_ThatAGuestHoldsOrUses_IsNoAccounts()
    {
        string held = server.Name("guest");
        await Http.GuestAsync(server.Client, held);
        Assert.Equal((409, "conflict"), Head(await ProblemAsync("/api/register", held, Password)));

        string used = server.Name("guest");
        await using ChatClient guest = await ChatClient.GuestAsync(server.Tcp, used);
        await guest.WhoAmIAsync();
        Assert.Equal((409, "conflict"), Head(await ProblemAsync("/api/register", used, Password)));
    }

    [Theory]
    [InlineData("/api/guest")]
    [InlineData("/api/register")]
    [InlineData("/api/login")]
    public async Task Post_FromAPageOfAnotherOrigin_IsForbidden(string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = JsonContent.Create(new { name = "typed", password = Password }) };
        request.Headers.Add("Origin", "https://evil.example");
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Equal((403, "forbidden"), Head(await Http.ProblemAsync(response)));
    }

    [Fact]
    public async Task Post_TooOften_IsRateLimited_AndSaysWhenToComeBack()
    {
        HostedServer limited = new() { Options = ["--RSocketIm:Limits:SignInsPerMinute=3", "--RSocketIm:Limits:LimitLoopback=true"] };
        await limited.InitializeAsync();
        try
        {
            await Http.GuestAsync(limited.Client, "a-guest");
            using HttpResponseMessage registered = await limited.Client.PostAsJsonAsync("/api/register", new { name = "member", password = Password });
            using HttpResponseMessage loggedIn = await limited.Client.PostAsJsonAsync("/api/login", new { name = "member", password = Password });
            Assert.True(registered.IsSuccessStatusCode && loggedIn.IsSuccessStatusCode);
            foreach (string path in new[] { "/api/guest", "/api/register", "/api/login" })
            {
                using HttpResponseMessage response = await limited.Client.PostAsJsonAsync(path, new { name = "another", password = Password });
                Assert.Equal((429, "rate_limited"), Head(await Http.ProblemAsync(response)));
                Assert.InRange(response.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
            }
        }
        finally
        {
            await limited.DisposeAsync();
        }
    }

    [Fact]
    public async Task Login_FailedTooOftenForOneName_IsRateLimitedForThatNameAlone()
    {
        HostedServer limited = new() { Options = ["--RSocketIm:Limits:FailedSignInsPerName=2", "--RSocketIm:Limits:LimitLoopback=true"] };
        await limited.InitializeAsync();
        try
        {
            await limited.Client.PostAsJsonAsync("/api/register", new { name = "member", password = Password });
            await limited.Client.PostAsJsonAsync("/api/login", new { name = "member", password = "wrong horse" });
            await limited.Client.PostAsJsonAsync("/api/login", new { name = "member", password = "wrong horse" });
            using HttpResponseMessage member = await limited.Client.PostAsJsonAsync("/api/login", new { name = "member", password = Password });
            using HttpResponseMessage other = await limited.Client.PostAsJsonAsync("/api/login", new { name = "other", password = Password });
            Assert.Equal((429, "rate_limited"), Head(await Http.ProblemAsync(member)));
            Assert.NotNull(member.Headers.RetryAfter);
            Assert.Equal((401, "unauthenticated"), Head(await Http.ProblemAsync(other)));
        }
        finally
        {
            await limited.DisposeAsync();
        }
    }

    private static string Body(string name, string password = "\"correct horse\"") => $"{{\"name\":{name},\"password\":{password}}}";

    private static (int Status, string Title) Head((int Status, string Title, string Detail) problem) => (problem.Status, problem.Title);

    private async Task<SignedIn> SignInAsync(string path, string name, string password)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(path, new { name, password });
        Assert.True(response.Headers.CacheControl!.NoStore);
        return SignedIn.Format.Read(DataFormat.Json, await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
    }

    private async Task<(int Status, string Title, string Detail)> ProblemAsync(string path, string name, string password)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(path, new { name, password });
        return await Http.ProblemAsync(response);
    }
}
