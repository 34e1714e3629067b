using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.WebSockets;

/// <summary>JSON over a plain WebSocket.</summary>
public sealed class SocketTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task Subscription_SendsExactlyItsCredit_InReplayAndLive()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        JsonNode info = await ada.CreateAsync(room);
        for (int i = 2; i <= 5; i++)
        {
            await ada.SayAsync(room, $"m{i}");
        }

        await using SocketCaller socket = await ada.SocketAsync();
        await socket.SayAsync(new { op = "subscribe", room, after = 0, credit = 2 });
        JsonNode subscribed = await socket.NextAsync("subscribed");
        Assert.Equal((room, info["epoch"]!.ToString(), 5), ((string?)subscribed["room"], (string?)subscribed["epoch"], (long)subscribed["head"]!));
        Assert.Equal(1, await socket.NextSeqAsync());
        Assert.Equal(2, await socket.NextSeqAsync());
        await socket.ExpectNothingMoreAsync();
        await socket.SayAsync(new { op = "credit", room, n = 4 });
        for (long seq = 3; seq <= 5; seq++)
        {
            Assert.Equal(seq, await socket.NextSeqAsync());
        }

        await ada.SayAsync(room, "m6");
        await ada.SayAsync(room, "m7");
        JsonNode live = await socket.NextAsync("event");
        Assert.Equal((room, room, 6, "message"), ((string?)live["room"], (string?)live["event"]!["room"], (long)live["event"]!["seq"]!, (string?)live["event"]!["type"]));
        await socket.ExpectNothingMoreAsync();
        await socket.SayAsync(new { op = "unsubscribe", room });
        await socket.SayAsync(new { op = "unsubscribe", room });
        await socket.SayAsync(new { op = "subscribe", room, credit = 1 });
        await socket.NextAsync("subscribed");
        await ada.SayAsync(room, "m8");
        Assert.Equal(8, await socket.NextSeqAsync());
    }

    [Fact]
    public async Task Send_IsAcknowledged_AndTheSameIdAgainIsADuplicate()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        using WebCaller bob = await WebCaller.GuestAsync(server.Http, server.Name("bob"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        await bob.PostAsync($"/api/rooms/{room}/join");
        await using SocketCaller socket = await ada.SocketAsync();
        for (int i = 0; i < 2; i++)
        {
            await socket.SayAsync(new { op = "send", room, id = "a", text = "hello" });
            JsonNode ack = await socket.NextAsync("ack");
            Assert.Equal(("a", room, 3, i == 1), ((string?)ack["id"], (string?)ack["room"], (long)ack["seq"]!, (bool)ack["duplicate"]!));
            Assert.True((long)ack["at"]! > 0);
        }

        await bob.SayAsync(room, "b");
        await socket.SayAsync(new { op = "typing", room });
        await socket.SayAsync(new { op = "read", room, seq = 4 });
        await socket.ExpectNothingMoreAsync();
        while ((long?)(await ada.GetAsync($"/api/rooms/{room}"))["readSeq"] != 4)
        {
            // Nobody is told when it is written.
        }
    }

    [Theory]
    [InlineData("nonsense", "bad_request", "JSON", null)]
    [InlineData("{}", "bad_request", "op is missing", null)]
    [InlineData("{\"op\":\"dance\"}", "bad_request", "op", null)]
    [InlineData("{\"op\":\"subscribe\",\"credit\":1}", "bad_request", "room is missing", null)]
    [InlineData("{\"op\":\"subscribe\",\"room\":\"{open}\"}", "bad_request", "credit is missing", "{open}")]
    [InlineData("{\"op\":\"subscribe\",\"room\":\"{open}\",\"credit\":-1}", "bad_request", "credit", "{open}")]
    [InlineData("{\"op\":\"subscribe\",\"room\":\"{open}\",\"credit\":2147483648}", "bad_request", "credit", "{open}")]
    [InlineData("{\"op\":\"subscribe\",\"room\":\"{open}\",\"credit\":1,\"after\":99}", "bad_request", "after", "{open}")]
    [InlineData("{\"op\":\"subscribe\",\"room\":\"{open}\",\"credit\":1,\"epoch\":\"stale\"}", "gone", "stale", "{open}")]
    [InlineData("{\"op\":\"subscribe\",\"room\":\"{hidden}\",\"credit\":1}", "not_found", "{hidden}", "{hidden}")]
    [InlineData("{\"op\":\"credit\",\"room\":\"{open}\",\"n\":0}", "bad_request", "n is", "{open}")]
    [InlineData("{\"op\":\"credit\",\"room\":\"{open}\",\"n\":1}", "not_found", "{open}", "{open}")]
    [InlineData("{\"op\":\"send\",\"room\":\"{open}\",\"id\":\"a\",\"text\":7}", "bad_request", "text", "{open}", "a")]
    [InlineData("{\"op\":\"send\",\"room\":\"{open}\",\"text\":\"a\"}", "bad_request", "id is missing", "{open}")]
    [InlineData("{\"op\":\"send\",\"room\":\"{open}\",\"id\":\"a\",\"text\":\"a\"}", "forbidden", "{open}", "{open}", "a")]
    [InlineData("{\"op\":\"typing\",\"room\":\"{hidden}\"}", "not_found", "{hidden}", "{hidden}")]
    [InlineData("{\"op\":\"read\",\"room\":\"{open}\"}", "bad_request", "seq is missing", "{open}")]
    [InlineData("{\"op\":\"hello\",\"token\":\"nonsense\"}", "unauthenticated", "credentials", null)]
    public async Task WrongOperation_IsAnsweredInItsPlace_AndTheConnectionGoesOn(string message, string name, string says, string? room, string? id = null)
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        using WebCaller eve = await WebCaller.GuestAsync(server.Http, server.Name("eve"));
        string open = server.Name("open");
        string hidden = server.Name("hidden");
        await ada.CreateAsync(open);
        await ada.PostAsync("/api/rooms", new { room = hidden, kind = "private" });
        string? Fill(string? text) => text?.Replace("{open}", open, StringComparison.Ordinal).Replace("{hidden}", hidden, StringComparison.Ordinal);

        await using SocketCaller socket = await eve.SocketAsync();
        await socket.SayTextAsync(Fill(message)!);
        JsonNode error = await socket.NextAsync("error");
        Assert.Equal((name, Fill(room), id), ((string?)error["name"], (string?)error["room"], (string?)error["id"]));
        Assert.Contains(Fill(says)!, (string?)error["message"], StringComparison.Ordinal);
        Assert.True((long)error["code"]! >= 0x400);
        await socket.ExpectNothingMoreAsync();
    }

    [Fact]
    public async Task SecondSubscriptionOfARoom_IsAConflict()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        await using SocketCaller socket = await ada.SocketAsync();
        await socket.SayAsync(new { op = "subscribe", room, after = 1, credit = 1 });
        await socket.NextAsync("subscribed");
        await socket.SayAsync(new { op = "subscribe", room, after = 0, credit = 1 });
        Assert.Equal("conflict", (string?)(await socket.NextAsync("error"))["name"]);
        await ada.SayAsync(room, "m2");
        Assert.Equal(2, await socket.NextSeqAsync());
    }

    [Fact]
    public async Task Subscriptions_TooMany_AreRateLimited()
    {
        HostedServer small = new() { Options = ["--RSocketIm:Limits:MaxStreamsPerConnection=2"] };
        await small.InitializeAsync();
        using WebCaller ada = await WebCaller.GuestAsync(small.Http, "ada");
        await using SocketCaller socket = await ada.SocketAsync();
        foreach (string room in (string[])["a", "b", "c"])
        {
            await ada.CreateAsync(room);
            await socket.SayAsync(new { op = "subscribe", room, credit = 1 });
            Assert.Equal(room == "c" ? "error" : "subscribed", (string?)(await socket.NextAsync())!["op"]);
        }

        await socket.SayAsync(new { op = "unsubscribe", room = "a" });
        await socket.SayAsync(new { op = "subscribe", room = "c", credit = 1 });
        await socket.NextAsync("subscribed");
        Assert.Equal(1, await small.HitsAsync("streams"));
        await small.DisposeAsync();
    }

    [Fact]
    public async Task SubscriptionOfARemovedMember_EndsWithForbidden_WithoutCreditToo()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        using WebCaller bob = await WebCaller.GuestAsync(server.Http, server.Name("bob"));
        string room = server.Name("room");
        await ada.PostAsync("/api/rooms", new { room, kind = "private" });
        await ada.PostAsync($"/api/rooms/{room}/invite", new { user = bob.User });
        await bob.PostAsync($"/api/rooms/{room}/join");
        await using SocketCaller socket = await bob.SocketAsync();
        await socket.SayAsync(new { op = "subscribe", room, after = 0, credit = 0 });
        await socket.NextAsync("subscribed");
        await ada.PostAsync($"/api/rooms/{room}/remove", new { user = bob.User });
        JsonNode error = await socket.NextAsync("error");
        Assert.Equal((room, "forbidden"), ((string?)error["room"], (string?)error["name"]));
        await socket.ExpectNothingMoreAsync();
    }

    [Fact]
    public async Task Hello_SignsIn_AndATicketDoesToo()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        await using SocketCaller byHello = await SocketCaller.ConnectAsync(server.Http);
        await byHello.SayAsync(new { op = "hello", token = ada.Token });
        string ticket = await ada.TicketAsync();
        await using SocketCaller byTicket = await SocketCaller.ConnectAsync(server.Http, $"?ticket={ticket}");
        foreach (SocketCaller socket in (SocketCaller[])[byHello, byTicket])
        {
            await socket.SayAsync(new { op = "subscribe", room, after = 0, credit = 1 });
            await socket.NextAsync("subscribed");
            Assert.Equal(1, await socket.NextSeqAsync());
        }

        WebSocketException used = await Assert.ThrowsAsync<WebSocketException>(() => SocketCaller.ConnectAsync(server.Http, $"?ticket={ticket}"));
        Assert.Contains("401", used.Message, StringComparison.Ordinal);
        using WebCaller bob = await WebCaller.GuestAsync(server.Http, server.Name("bob"));
        await byHello.SayAsync(new { op = "hello", token = ada.Token });
        await byHello.SayAsync(new { op = "hello", token = bob.Token });
        Assert.Equal("forbidden", (string?)(await byHello.NextAsync("error"))["name"]);
    }

    [Theory]
    [InlineData("{\"op\":\"hello\",\"token\":\"nonsense\"}", "unauthenticated")]
    [InlineData("{\"op\":\"subscribe\",\"room\":\"a\",\"credit\":1}", "unauthenticated")]
    [InlineData("{\"op\":\"hello\"}", "bad_request")]
    [InlineData("nonsense", "bad_request")]
    public async Task FirstMessage_ThatIsNoGoodHello_IsAnswered_AndTheConnectionClosed(string message, string name)
    {
        await using SocketCaller socket = await SocketCaller.ConnectAsync(server.Http);
        await socket.SayTextAsync(message);
        Assert.Equal(name, (string?)(await socket.NextAsync("error"))["name"]);
        Assert.Null(await socket.NextAsync());
    }

    [Fact]
    public async Task MessageThatIsTooLong_OrBinary_ClosesTheConnection()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        await using SocketCaller tooLong = await ada.SocketAsync();
        long hits = await server.HitsAsync("payload_bytes");
        await tooLong.SayTextAsync(new string(' ', (1 << 20) + 1));
        Assert.Null(await tooLong.NextAsync());
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, tooLong.Socket.CloseStatus);
        Assert.Equal(hits + 1, await server.HitsAsync("payload_bytes"));
        await using SocketCaller binary = await ada.SocketAsync();
        await binary.Socket.SendAsync(new byte[10], WebSocketMessageType.Binary, true, CancellationToken.None);
        Assert.Null(await binary.NextAsync());
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, binary.Socket.CloseStatus);
    }

    [Fact]
    public async Task Client_ThatDoesNotReadItsAnswers_IsNotReadEither_AndLosesNone()
    {
        const int Sends = 3_000;
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        await using SocketCaller socket = await ada.SocketAsync();
        Task saying = Task.Run(async () =>
        {
            for (int i = 0; i < Sends; i++)
            {
                // Ids of many bytes, which stand in the acks too.
                await socket.SayAsync(new { op = "send", room, id = $"{i}".PadLeft(64, 'x'), text = "text" });
            }
        });
        for (int i = 0; i < Sends; i++)
        {
            Assert.Equal(i + 2, (long)(await socket.NextAsync("ack"))["seq"]!);
        }

        await saying;
    }

    [Fact]
    public async Task Rooms_ShareTheConnection_AndABusyOneDoesNotStarveTheOthers()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string busy = server.Name("busy");
        string quiet = server.Name("quiet");
        await ada.CreateAsync(busy);
        await ada.CreateAsync(quiet);
        await Task.WhenAll(Enumerable.Range(2, 100).Select(i => ada.SayAsync(busy, $"m{i}", new string('x', 4_000))));
        await using SocketCaller socket = await ada.SocketAsync();
        await socket.SayAsync(new { op = "subscribe", room = busy, after = 0, credit = int.MaxValue });
        await socket.SayAsync(new { op = "subscribe", room = quiet, after = 0, credit = int.MaxValue });
        Dictionary<string, long> last = new() { [busy] = 0, [quiet] = 0 };
        while (last[busy] < 101 || last[quiet] < 1)
        {
            JsonNode message = (await socket.NextAsync())!;
            if ((string?)message["op"] == "event")
            {
                string room = (string)message["room"]!;
                Assert.Equal(++last[room], (long)message["event"]!["seq"]!);
            }
        }
    }

    [Fact]
    public async Task Page_OfAnotherOrigin_MayNotConnect()
    {
        using ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Origin", "https://evil.example");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{server.Http.Authority}/ws"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
        using HttpResponseMessage plain = await server.Client.GetAsync("/ws");
        Assert.Equal(426, (await WebCaller.ProblemOfAsync(plain)).Status);
        using HttpResponseMessage secret = await server.Client.GetAsync("/ws?token=abc");
        Assert.Equal(400, (await WebCaller.ProblemOfAsync(secret)).Status);
    }

    [Fact]
    public async Task Stop_EndsSubscriptions_AnswersWhatWasSent_AndCloses()
    {
        HostedServer stopping = new();
        await stopping.InitializeAsync();
        using WebCaller ada = await WebCaller.GuestAsync(stopping.Http, "ada");
        await ada.CreateAsync("lobby");
        await using SocketCaller socket = await ada.SocketAsync();
        await socket.SayAsync(new { op = "subscribe", room = "lobby", after = 1, credit = 0 });
        await socket.NextAsync("subscribed");
        Task stop = stopping.StopAsync();
        Assert.Equal("unavailable", (string?)(await socket.NextAsync("error"))["name"]);
        Assert.Null(await socket.NextAsync());
        await socket.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stop;
        await stopping.DisposeAsync();
    }

    [Fact]
    public async Task Stranger_WhoSaysNothing_IsCutOffAtTheSetupTimeout()
    {
        FakeTimeProvider time = new();
        HostedServer still = new() { Replace = services => services.AddSingleton<TimeProvider>(time) };
        await still.InitializeAsync();
        await using SocketCaller socket = await SocketCaller.ConnectAsync(still.Http);
        while (await still.HitsAsync("setup_timeout") == 0)
        {
            time.Advance(TimeSpan.FromSeconds(10)); // the wait may begin after the first
        }

        await Assert.ThrowsAnyAsync<WebSocketException>(socket.NextAsync);
        await still.DisposeAsync();
    }

    [Fact]
    public async Task Subscriptions_WhenTheTokensTimeIsOver_EndUntilANewerOneIsShown()
    {
        FakeTimeProvider time = new();
        HostedServer still = new() { Replace = services => services.AddSingleton<TimeProvider>(time), Options = ["--RSocketIm:Auth:TokenLifetime=60"] };
        await still.InitializeAsync();
        using WebCaller ada = await WebCaller.GuestAsync(still.Http, "ada");
        await ada.CreateAsync("lobby");
        await using SocketCaller socket = await ada.SocketAsync();
        await socket.SayAsync(new { op = "subscribe", room = "lobby", after = 1, credit = 5 });
        await socket.NextAsync("subscribed");
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("unauthenticated", (string?)(await socket.NextAsync("error"))["name"]);
        await socket.SayAsync(new { op = "subscribe", room = "lobby", credit = 5 });
        Assert.Equal("unauthenticated", (string?)(await socket.NextAsync("error"))["name"]);
        using WebCaller again = await WebCaller.GuestAsync(still.Http, "ada");
        await socket.SayAsync(new { op = "hello", token = again.Token });
        JsonNode? answer;
        do
        {
            await socket.SayAsync(new { op = "subscribe", room = "lobby", after = 0, credit = 5 });
            answer = await socket.NextAsync();
        }
        while ((string?)answer!["op"] == "error");
        Assert.Equal(1, await socket.NextSeqAsync());
        await still.DisposeAsync();
    }
}
