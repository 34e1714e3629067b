using System.Net;
using System.Text.Json.Nodes;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Http;

/// <summary>Rooms and inboxes a page at a time.</summary>
public sealed class PollTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task Poll_TakesAsManyAsItsLimit_AndSaysWhetherThereIsMore()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        JsonNode info = await ada.CreateAsync(room);
        for (int i = 2; i <= 5; i++)
        {
            await ada.SayAsync(room, $"m{i}");
        }

        JsonNode first = await ada.GetAsync($"/api/rooms/{room}/events?after=0&limit=2");
        Assert.Equal([1, 2], Seqs(first));
        Assert.Equal((room, info["epoch"]!.ToString(), 5, true), ((string?)first["room"], (string?)first["epoch"], (long)first["head"]!, (bool)first["more"]!));
        JsonNode rest = await ada.GetAsync($"/api/rooms/{room}/events?after=2&limit=3");
        Assert.Equal([3, 4, 5], Seqs(rest));
        Assert.False((bool)rest["more"]!);
        JsonNode none = await ada.GetAsync($"/api/rooms/{room}/events");
        Assert.Empty(Seqs(none));
        Assert.Equal(5, (long)none["head"]!);
    }

    [Fact]
    public async Task Poll_OfEntriesThatAreOnDiskOnly_GivesThem_ThoughItMayNotWait()
    {
        HostedServer forgetful = new() { Options = ["--RSocketIm:Limits:TailBytes=0", "--RSocketIm:Limits:BlockCacheBytes=0"] };
        await forgetful.InitializeAsync();
        try
        {
            using WebCaller ada = await WebCaller.GuestAsync(forgetful.Http, "ada");
            await ada.CreateAsync("room");
            for (int i = 2; i <= 5; i++)
            {
                await ada.SayAsync("room", $"m{i}");
            }

            foreach (string address in (string[])["/api/rooms/room/events?after=0", "/api/inbox?positions=%7B%22room%22:0%7D"])
            {
                JsonNode page = await ada.GetAsync(address);
                Assert.Equal([1, 2, 3, 4, 5], Seqs(page));
                Assert.False((bool)page["more"]!);
            }
        }
        finally
        {
            await forgetful.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("55")]
    [InlineData("55s")]
    public async Task Poll_ThatWaits_IsAnsweredByTheNextEvent(string wait)
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        Task<JsonNode> poll = ada.GetAsync($"/api/rooms/{room}/events?after=1&wait={wait}");
        await WaitsInAsync(room);
        Assert.False(poll.IsCompleted);
        await ada.SayAsync(room, "m2");
        JsonNode page = await poll;
        Assert.Equal([2], Seqs(page));
    }

    [Fact]
    public async Task Poll_ThatWaitsForNothing_IsAnsweredWhenItsTimeIsOver()
    {
        FakeTimeProvider time = new();
        HostedServer still = new() { Replace = services => services.AddSingleton<TimeProvider>(time) };
        await still.InitializeAsync();
        try
        {
            using WebCaller ada = await WebCaller.GuestAsync(still.Http, "ada");
            await ada.CreateAsync("quiet");
            Task<JsonNode> poll = ada.GetAsync("/api/rooms/quiet/events?after=1&wait=25s");
            while (still.Services.GetRequiredService<RSocketIm.Server.Signals.PresenceTracker>().OnlineCount == 0)
            {
                await ada.GetAsync("/api/whoami");
            }

            while (!poll.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(25)); // the wait may begin after the first
                await ada.GetAsync("/api/whoami");
            }

            Assert.Empty(Seqs(await poll));
        }
        finally
        {
            await still.DisposeAsync();
        }
    }

    [Fact]
    public async Task Poll_OfWhatTheClientHas_IsNotModified_UntilTheRoomGrows()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string room = server.Name("room");
        await ada.CreateAsync(room);
        foreach (string address in (string[])[$"/api/rooms/{room}/events?after=0", $"/api/rooms/{room}/events?after=1", "/api/inbox"])
        {
            using HttpResponseMessage first = await ada.SendAsync(HttpMethod.Get, address);
            string tag = first.Headers.ETag!.Tag;
            using HttpResponseMessage idle = await ada.SendAsync(HttpMethod.Get, address, (HttpContent?)null, ("If-None-Match", tag));
            Assert.Equal(HttpStatusCode.NotModified, idle.StatusCode);
            Assert.Equal(tag, idle.Headers.ETag!.Tag);
            await ada.SayAsync(room, server.Name("m"));
            using HttpResponseMessage grown = await ada.SendAsync(HttpMethod.Get, address, (HttpContent?)null, ("If-None-Match", tag));
            Assert.Equal(HttpStatusCode.OK, grown.StatusCode);
        }
    }

    [Fact]
    public async Task Inbox_GivesAllRooms_AndPositionsToGoOnFrom()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string one = server.Name("one");
        string two = server.Name("two");
        await ada.CreateAsync(one);
        await ada.CreateAsync(two);
        JsonNode start = await ada.GetAsync("/api/inbox");
        Assert.Empty(start["events"]!.AsArray());
        Assert.Equal((1, 1, false), ((long)start["positions"]![one]!, (long)start["positions"]![two]!, (bool)start["more"]!));

        for (int i = 2; i <= 4; i++)
        {
            await ada.SayAsync(one, $"m{i}");
            await ada.SayAsync(two, $"m{i}");
        }

        Dictionary<string, long> last = new() { [one] = 1, [two] = 1 };
        JsonNode positions = start["positions"]!;
        int pages = 0;
        for (bool more = true; more; pages++)
        {
            JsonNode page = await ada.GetAsync($"/api/inbox?limit=4&positions={Uri.EscapeDataString(positions.ToJsonString())}&epochs={Uri.EscapeDataString(start["epochs"]!.ToJsonString())}");
            foreach (JsonNode? entry in page["events"]!.AsArray())
            {
                Assert.Equal(++last[(string)entry!["room"]!], (long)entry["seq"]!);
            }

            positions = page["positions"]!;
            more = (bool)page["more"]!;
        }

        Assert.Equal((4, 4, 2), (last[one], last[two], pages));
        Assert.Equal((4, 4), ((long)positions[one]!, (long)positions[two]!));
        Assert.Equal(410, (await ada.RefusedAsync(HttpMethod.Get, $"/api/inbox?epochs={Uri.EscapeDataString($"{{\"{one}\":\"other\"}}")}")).Status);
    }

    [Fact]
    public async Task Inbox_ThatWaits_IsAnsweredFromWhateverRoomSpeaksFirst()
    {
        using WebCaller ada = await WebCaller.GuestAsync(server.Http, server.Name("ada"));
        string quiet = server.Name("quiet");
        string room = server.Name("late");
        await ada.CreateAsync(quiet);
        Task<JsonNode> poll = ada.GetAsync("/api/inbox?wait=55");
        await WaitsInAsync(quiet);
        await ada.CreateAsync(room);
        JsonNode page = await poll;
        Assert.Equal(room, (string?)Assert.Single(page["events"]!.AsArray())!["room"]);
    }

    // A poll has been taken, and has found nothing in this room.
    private Task WaitsInAsync(string room) =>
        Guard.Until(() => server.Services.GetRequiredService<RoomDirectory>().Find(room)!.ParkedCount == 1, "a poll waits in the room");

    private static long[] Seqs(JsonNode page) => [.. page["events"]!.AsArray().Select(static entry => (long)entry!["seq"]!)];
}
