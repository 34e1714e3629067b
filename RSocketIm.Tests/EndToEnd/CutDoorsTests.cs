using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>One room with a reader at every door, each cut at random and resumed by its own means, against the server as a process.</summary>
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
        await using (MqttPeer device = await DeviceAsync(server.Mqtt))
        {
            Assert.Equal(ReasonCode.GrantedQos1, await device.SubscribeAsync("chat/cut/events", qos: 1));
            await device.LeaveAsync();
        }

        string http = reader.Address.ToString();
        Task<List<string>>[] doors =
        [
            ReadAsync(1, http, [], (wire, bytes, seen) => ReadHttpAsync(reader, wire, bytes, seen, ReadEventStreamAsync)),
            ReadAsync(2, http, [], (wire, bytes, seen) => ReadHttpAsync(reader, wire, bytes, seen, ReadPollsAsync)),
            ReadAsync(3, http, [], (wire, bytes, seen) => ReadHttpAsync(reader, wire, bytes, seen, ReadSocketAsync)),
            ReadAsync(4, $"tcp://{server.Mqtt}", [""], ReadMqttAsync), // the writer's coming was before the subscription
            ReadAsync(5, server.WebSocket, [], ReadRSocketAsync),
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
        Assert.All(seen, other => Assert.Equal(seen[0], other));
    }

    // Reads until everything is there; the ids of the messages, in order.
    private async Task<List<string>> ReadAsync(int door, string address, List<string> seen, Func<CuttableWire, int, List<string>, Task> readUntilCut)
    {
        Random random = new(seed + door);
        int cuts = 0;
        for (; seen.Count < Messages + 1; cuts++)
        {
            await using CuttableWire wire = new(address);
            try
            {
                await readUntilCut(wire, random.Next(1, MostBytesBetweenCuts), seen);
            }
            catch (Exception error) when (error is IOException or HttpRequestException or WebSocketException or RSocketException)
            {
                // Cut, in the middle of a header or of an event: what was not whole was not seen.
            }
        }

        Assert.True(cuts > 20, $"Seed {seed}: door {door} was cut {cuts} times, too few to show anything.");
        return seen;
    }

    private static async Task ReadHttpAsync(WebCaller reader, CuttableWire wire, int bytes, List<string> seen, Func<WebCaller, List<string>, Task> read)
    {
        wire.CutAfter(bytes);
        using WebCaller cut = reader.At(new Uri(wire.Address));
        await read(cut, seen);
    }

    // By its session: what it has not acknowledged comes again.
    private async Task ReadMqttAsync(CuttableWire wire, int bytes, List<string> seen)
    {
        await using MqttPeer device = await DeviceAsync(new Uri(wire.Address).Authority);
        Assert.True(device.Connack!.SessionPresent);
        wire.CutAfter(bytes);
        while (seen.Count < Messages + 1 && await device.ReadAsync() is { } packet)
        {
            PublishPacket message = Assert.IsType<PublishPacket>(packet);
            JsonNode entry = JsonNode.Parse(MqttPeer.TextOf(message))!;
            if ((long)entry["seq"]! > seen.Count)
            {
                See(entry, seen);
            }
            else
            {
                Assert.True(message.Duplicate, $"Seed {seed}: {entry["seq"]} came twice, and not as a duplicate.");
            }

            await device.SendAsync(new PubackPacket(message.PacketId));
        }
    }

    private async Task ReadRSocketAsync(CuttableWire wire, int bytes, List<string> seen)
    {
        await using ChatClient reader = await ChatClient.GuestAsync(wire.Address, "reader-of-frames");
        wire.CutAfter(bytes);
        await foreach (Payload payload in reader.Feed("cut", Messages + 1, seen.Count).RestAsync())
        {
            RoomEvent entry = RoomEvent.Format.Read(DataFormat.MessagePack, payload.Data);
            Assert.True(entry.Seq == seen.Count + 1, $"Seed {seed}: {entry.Seq} came instead of {seen.Count + 1}.");
            seen.Add(entry.Id ?? "");
            if (seen.Count == Messages + 1)
            {
                return;
            }
        }
    }

    private static Task<MqttPeer> DeviceAsync(string address) =>
        MqttPeer.GuestAsync(IPEndPoint.Parse(address), "writer", clientId: "phone", clean: false, expiry: 3_600);

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
