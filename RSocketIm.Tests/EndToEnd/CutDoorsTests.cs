using System.Text.Json.Nodes;
using System.Net.WebSockets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>One room with a reader at each of the doors that are not RSocket, each cut at random and resumed by its own means, against the server as a process.</summary>
public sealed class CutDoorsTests
{
    private const int Messages = 10_000;
    private const int InFlight = 64;

    // 150 bytes an event: some seventy cuts at each door.
    private const int MostBytesBetweenCuts = 40_000;

    private readonly int seed = Environment.TickCount;

    [Fact]
    public async Task Doors_CutAtRandom_WhileTenThousandMessagesPass_SeeTheSameSequence()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await writer.CreateAsync("cut");
        using WebCaller reader = await WebCaller.GuestAsync(server.Http, "reader");
        Task<List<string>>[] doors =
        [
            ReadAsync(reader, 1, ReadEventStreamAsync),
            ReadAsync(reader, 2, ReadPollsAsync),
            ReadAsync(reader, 3, ReadSocketAsync),
        ];
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) <= Messages;)
            {
                await writer.SendAsync("cut", $"m{i}", "text");
            }
        }));
        List<string>[] seen = await Task.WhenAll(doors);
        Assert.Equal(Messages + 1, seen[0].Count);
        Assert.Equal(Messages, seen[0].Skip(1).Distinct().Count());
        Assert.Equal(seen[0], seen[1]);
        Assert.Equal(seen[0], seen[2]);
    }

    // Reads until everything is there; the ids of the messages, in order.
    private async Task<List<string>> ReadAsync(WebCaller reader, int door, Func<WebCaller, List<string>, Task> readUntilCut)
    {
        Random random = new(seed + door);
        List<string> seen = [];
        int cuts = 0;
        for (; seen.Count < Messages + 1; cuts++)
        {
            await using CuttableWire wire = new(reader.Address.ToString());
            wire.CutAfter(random.Next(1, MostBytesBetweenCuts));
            using WebCaller cut = reader.At(new Uri(wire.Address));
            try
            {
                await readUntilCut(cut, seen);
            }
            catch (Exception error) when (error is IOException or HttpRequestException or WebSocketException)
            {
                // Cut, in the middle of a header or of an event: what was not whole was not seen.
            }
        }

        Assert.True(cuts > 20, $"Seed {seed}: door {door} was cut {cuts} times, too few to show anything.");
        return seen;
    }

    private async Task ReadEventStreamAsync(WebCaller reader, List<string> seen)
    {
        await using EventStreamReading events = await reader.EventsAsync("/api/rooms/cut/events?after=0", ("Last-Event-ID", $"{seen.Count}"));
        while (seen.Count < Messages + 1 && await events.NextAsync() is { } item)
        {
            See(JsonNode.Parse(item.Data)!, seen);
        }
    }

    private async Task ReadPollsAsync(WebCaller reader, List<string> seen)
    {
        while (seen.Count < Messages + 1)
        {
            using HttpResponseMessage answer = await reader.SendAsync(HttpMethod.Get, $"/api/rooms/cut/events?after={seen.Count}&limit=100&wait=5s");
            JsonNode page = JsonNode.Parse(await answer.Content.ReadAsStringAsync().WaitAsync(ServerProcess.Patience))!;
            foreach (JsonNode? entry in page["events"]!.AsArray())
            {
                See(entry!, seen);
            }
        }
    }

    private async Task ReadSocketAsync(WebCaller reader, List<string> seen)
    {
        await using SocketCaller socket = await reader.SocketAsync();
        await socket.SayAsync(new { op = "subscribe", room = "cut", after = seen.Count, credit = 100 });
        await socket.NextAsync("subscribed");
        for (int read = 1; seen.Count < Messages + 1; read++)
        {
            See((await socket.NextAsync("event"))["event"]!, seen);
            if (read % 50 == 0)
            {
                await socket.SayAsync(new { op = "credit", room = "cut", n = 50 });
            }
        }
    }

    private void See(JsonNode entry, List<string> seen)
    {
        long seq = (long)entry["seq"]!;
        Assert.True(seq == seen.Count + 1, $"Seed {seed}: {seq} came instead of {seen.Count + 1}.");
        seen.Add((string?)entry["id"] ?? "");
    }
}
