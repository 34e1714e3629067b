using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Http;

/// <summary>A room as Server-Sent Events.</summary>
public sealed class EventStreamTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task Stream_FromAPlace_GivesEverythingAfterIt_ThenWhatComes()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        await ada.SayAsync(room, "m2");
        await using EventStreamReading events = await ada.EventsAsync($"/api/rooms/{room}/events?after=0");
        Assert.Equal("no-store", events.Response.Headers.CacheControl?.ToString());
        Assert.Equal(1, await events.NextSeqAsync());
        Assert.Equal(2, await events.NextSeqAsync());
        await ada.SayAsync(room, "m3", "line\nline \u2028 \"quoted\"");
        SseItem<string> live = (await events.NextAsync())!.Value;
        Assert.Equal(("message", "3"), (live.EventType, live.EventId));
        Assert.Equal("line\nline \u2028 \"quoted\"", (string?)JsonNode.Parse(live.Data)!["text"]);
        Assert.DoesNotContain('\n', live.Data);
    }

    [Fact]
    public async Task Stream_WithLastEventId_GoesOnThere_WhateverTheAddressSays()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        JsonNode info = await ada.CreateAsync(room);
        for (int i = 2; i <= 5; i++)
        {
            await ada.SayAsync(room, $"m{i}");
        }

        await using EventStreamReading events = await ada.EventsAsync($"/api/rooms/{room}/events?after=0&epoch={info["epoch"]}", ("Last-Event-ID", "3"));
        Assert.Equal(4, await events.NextSeqAsync());

        using HttpResponseMessage stale = await ada.SendAsync(
            HttpMethod.Get, $"/api/rooms/{room}/events?epoch=another", (HttpContent?)null, ("Accept", "text/event-stream"), ("Last-Event-ID", "3"));
        Assert.Equal(410, (await WebCaller.ProblemOfAsync(stale)).Status);
        using HttpResponseMessage nonsense = await ada.SendAsync(
            HttpMethod.Get, $"/api/rooms/{room}/events", (HttpContent?)null, ("Accept", "text/event-stream"), ("Last-Event-ID", "three"));
        Assert.Equal(400, (await WebCaller.ProblemOfAsync(nonsense)).Status);
    }

    [Fact]
    public async Task Stream_WithoutAPlace_BeginsAtTheHead()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        await using EventStreamReading events = await ada.EventsAsync($"/api/rooms/{room}/events");
        await ada.SayAsync(room, "m2");
        Assert.Equal(2, await events.NextSeqAsync());
    }

    [Fact]
    public async Task Stream_OfARemovedMember_SaysForbidden_AndEnds()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        using WebCaller bob = await WebCaller.GuestAsync(server.Http, server.Name("bob"));
        string room = server.Name("room");
        await ada.PostAsync("/api/rooms", new { room, kind = "private" });
        await ada.PostAsync($"/api/rooms/{room}/invite", new { user = bob.User });
        await bob.PostAsync($"/api/rooms/{room}/join");
        await using EventStreamReading events = await bob.EventsAsync($"/api/rooms/{room}/events?after=2");
        Assert.Equal(3, await events.NextSeqAsync());
        await ada.AskAsync(HttpMethod.Delete, $"/api/rooms/{room}/members/{bob.User}");
        SseItem<string> last = (await events.NextAsync())!.Value;
        Assert.Equal("problem", last.EventType);
        Assert.Equal("forbidden", (string?)JsonNode.Parse(last.Data)!["name"]);
        Assert.Null(await events.NextAsync());
        Assert.Equal(404, (await bob.RefusedAsync(HttpMethod.Get, $"/api/rooms/{room}/events")).Status);
    }

    [Fact]
    public async Task Reader_IsOnline_WhileTheStreamIsOpen_AndAfterAPoll()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        using WebCaller bob = await WebCaller.GuestAsync(server.Http, server.Name("bob"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        Assert.False(await IsOnlineAsync(bob, ada.User));
        await using EventStreamReading events = await ada.EventsAsync($"/api/rooms/{room}/events?after=0");
        await events.NextSeqAsync();
        Assert.True(await IsOnlineAsync(bob, ada.User));
        await bob.GetAsync($"/api/rooms/{room}/events?after=0");
        Assert.True(await IsOnlineAsync(ada, bob.User));
    }

    [Fact]
    public async Task Stream_WithATicket_OpensOnce()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        string address = $"/api/rooms/{room}/events?after=0&ticket={await ada.TicketAsync()}";
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using HttpResponseMessage response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using EventStreamReading events = new(response);
        Assert.Equal(1, await events.NextSeqAsync());

        using HttpResponseMessage again = await server.Client.GetAsync(address);
        Assert.Equal(401, (await WebCaller.ProblemOfAsync(again)).Status);
        Assert.Equal("Bearer", again.Headers.WwwAuthenticate.ToString());
        using HttpResponseMessage post = await server.Client.PostAsync($"/api/rooms/{room}/leave?ticket={await ada.TicketAsync()}", null);
        Assert.Equal(HttpStatusCode.Unauthorized, post.StatusCode);
    }

    [Fact]
    public async Task Stream_AsFastAsItIsWritten_HasEverySeqOnce()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        await Task.WhenAll(Enumerable.Range(2, 200).Select(i => ada.SayAsync(room, $"m{i}", new string('x', 1_000))));
        await using EventStreamReading events = await ada.EventsAsync($"/api/rooms/{room}/events?after=0");
        for (long seq = 1; seq <= 201; seq++)
        {
            Assert.Equal(seq, await events.NextSeqAsync());
        }
    }

    [Fact]
    public async Task Heartbeat_IsAComment_WhileThereIsNoEvent()
    {
        FakeTimeProvider time = new();
        HostedServer still = new() { Replace = services => services.AddSingleton<TimeProvider>(time) };
        await still.InitializeAsync();
        try
        {
            using WebCaller ada = await WebCaller.GuestAsync(still.Http, "ada");
            await ada.CreateAsync("quiet");
            using HttpResponseMessage response = await ada.SendAsync(HttpMethod.Get, "/api/rooms/quiet/events", (HttpContent?)null, ("Accept", "text/event-stream"));
            using Stream body = await response.Content.ReadAsStreamAsync();
            time.Advance(TimeSpan.FromSeconds(15));
            byte[] beat = new byte[3];
            await body.ReadExactlyAsync(beat).AsTask().WaitAsync(ServerProcess.Patience);
            Assert.Equal(":\n\n"u8, beat);
        }
        finally
        {
            await still.DisposeAsync();
        }
    }

    [Fact]
    public async Task Stream_WhenTheTokensTimeIsOver_Ends()
    {
        FakeTimeProvider time = new();
        HostedServer still = new() { Replace = services => services.AddSingleton<TimeProvider>(time), Options = ["--RSocketIm:Auth:TokenLifetime=60"] };
        await still.InitializeAsync();
        try
        {
            using WebCaller ada = await WebCaller.GuestAsync(still.Http, "ada");
            await ada.CreateAsync("quiet");
            await using EventStreamReading events = await ada.EventsAsync("/api/rooms/quiet/events?after=0");
            Assert.Equal(1, await events.NextSeqAsync());
            time.Advance(TimeSpan.FromSeconds(61));
            SseItem<string> last = (await events.NextAsync())!.Value;
            Assert.Equal("unauthenticated", (string?)JsonNode.Parse(last.Data)!["name"]);
            Assert.Null(await events.NextAsync());
        }
        finally
        {
            await still.DisposeAsync();
        }
    }

    [Fact]
    public async Task Stop_EndsStreamsAndPolls_WithUnavailable()
    {
        HostedServer stopping = new();
        await stopping.InitializeAsync();
        using WebCaller ada = await WebCaller.GuestAsync(stopping.Http, "ada");
        await ada.CreateAsync("quiet");
        await using EventStreamReading events = await ada.EventsAsync("/api/rooms/quiet/events?after=0");
        Assert.Equal(1, await events.NextSeqAsync());
        await stopping.StopAsync();
        Assert.Equal("unavailable", (string?)JsonNode.Parse((await events.NextAsync())!.Value.Data)!["name"]);
        Assert.Null(await events.NextAsync());
        await stopping.DisposeAsync();
    }

    private static async Task<bool> IsOnlineAsync(WebCaller asks, string user) =>
        (bool)(await asks.GetAsync($"/api/presence?users={user}"))["presence"]![0]!["online"]!;
}
