using System.Text.Json.Nodes;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Readers who do not read, one at each of the doors that are not RSocket: they cost nothing, delay nobody, and get everything once they read again.</summary>
[Collection(CountsBytes.Name)]
public sealed class StalledDoorsTests : IAsyncLifetime
{
    private const int Messages = 25_000; // in each of the two phases
    private const int InFlight = 256;
    private const int TextBytes = 1_000;

    // A queue for one reader would hold 25 MB, or keep as much alive; the kernel's buffers on loopback take a third of that.
    private const long Flat = 14 << 20;

    // Old entries are read back from the store, as they would be on a server whose memory is small beside its rooms.
    private readonly HostedServer server = new() { Options = ["--RSocketIm:Limits:TailBytes=1048576", "--RSocketIm:Limits:BlockCacheBytes=1048576"] };

    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task StalledReaders_AtEachDoor_StayFlat_DelayNobody_AndThenGetEveryOne()
    {
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await writer.CreateAsync("busy");
        using WebCaller reader = await WebCaller.GuestAsync(server.Http, "reader");

        // The same work once without the stalled readers, so that caches and tables have found their size.
        await GrowthAsync(writer, reader, 0);
        await using EventStreamReading stream = await reader.EventsAsync("/api/rooms/busy/events?after=0");
        await using SocketCaller unread = await reader.SocketAsync();
        await unread.SayAsync(new { op = "subscribe", room = "busy", after = 0, credit = int.MaxValue });
        await using SocketCaller noCredit = await reader.SocketAsync();
        await noCredit.SayAsync(new { op = "subscribe", room = "busy", after = 0, credit = 0 });
        using HttpResponseMessage page = await reader.SendAsync(HttpMethod.Get, "/api/rooms/busy/events?after=0&limit=500");
        long growth = await GrowthAsync(writer, reader, Messages);
        Assert.True(growth < Flat, $"Memory grew by {growth} bytes while four readers were stalled.");

        JsonNode events = JsonNode.Parse(await page.Content.ReadAsStringAsync().WaitAsync(ServerProcess.Patience))!["events"]!;
        Assert.Equal(500, events.AsArray().Count);
        Assert.Equal(500, (long)events[499]!["seq"]!);
        await unread.NextAsync("subscribed");
        await noCredit.NextAsync("subscribed");
        await noCredit.ExpectNothingMoreAsync();
        await noCredit.SayAsync(new { op = "credit", room = "busy", n = int.MaxValue });
        await Task.WhenAll(
            ReadAllAsync(stream.NextSeqAsync),
            ReadAllAsync(unread.NextSeqAsync),
            ReadAllAsync(noCredit.NextSeqAsync));
    }

    private static async Task ReadAllAsync(Func<Task<long>> next)
    {
        for (long seq = 1; seq <= (2 * Messages) + 1; seq++)
        {
            Assert.Equal(seq, await next());
        }
    }

    private static async Task<long> GrowthAsync(ChatClient writer, WebCaller reader, int sentBefore)
    {
        // A tenth first, so that buffers and tables have found their size.
        await PublishAndReadAsync(writer, reader, sentBefore, Messages / 10);
        long start = CountBytes();
        await PublishAndReadAsync(writer, reader, sentBefore + (Messages / 10), Messages - (Messages / 10));
        return CountBytes() - start;
    }

    // Beside the stalled ones somebody reads live, at the same door.
    private static async Task PublishAndReadAsync(ChatClient writer, WebCaller reader, int first, int count)
    {
        await using EventStreamReading live = await reader.EventsAsync($"/api/rooms/busy/events?after={first + 1}");
        int next = first;
        string text = new('x', TextBytes);
        Task writing = Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next) - 1) < first + count;)
            {
                await writer.SendAsync("busy", $"m{i}", text);
            }
        }));
        for (int seq = first + 2; seq <= first + count + 1; seq++)
        {
            Assert.Equal(seq, await live.NextSeqAsync());
        }

        await writing;
    }

    private static long CountBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
