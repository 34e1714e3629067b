using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Readers whose connection is cut again and again while others write, against the server as a process.</summary>
public sealed class CutFeedTests
{
    private const int Cuts = 200;

    private static readonly string[] OneRoom = ["cut"];
    private static readonly string[] Rooms = ["a", "b", "c", "d", "e"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Feed_CutAtRandomTwoHundredTimes_SeesEverySeqOnce(bool overTcp) =>
        CutAsync(overTcp, OneRoom, static (reader, last, credit) => reader.Feed("cut", credit, last["cut"]));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Inbox_CutAtRandomTwoHundredTimes_SeesEverySeqOfEveryRoomOnceAndInOrder(bool overTcp) =>
        CutAsync(overTcp, Rooms, static (reader, last, credit) => reader.Stream("inbox.feed", InboxRequest.Format, new InboxRequest { Positions = last }, credit));

    private static async Task CutAsync(bool overTcp, string[] rooms, Func<ChatClient, IReadOnlyDictionary<string, long>, int, Reading> open)
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        await using ServerProcess server = await ServerProcess.StartAsync();
        string address = overTcp ? server.Tcp : server.WebSocket;
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await using ChatClient lastReader = await ChatClient.GuestAsync(address, "reader");
        foreach (string room in rooms)
        {
            await writer.CreateAsync(room);
            await lastReader.JoinAsync(room);
        }

        using CancellationTokenSource enough = new();
        Task writing = Task.WhenAll(rooms.Select(room => WriteAsync(writer, room, enough.Token)));
        Dictionary<string, long> last = rooms.ToDictionary(static room => room, static _ => 0L);
        int cut = 0;
        for (; cut < Cuts; cut++)
        {
            await using CuttableWire wire = new(address);
            await using ChatClient reader = await ChatClient.GuestAsync(wire.Address, "reader");
            if (random.Next(2) == 0)
            {
                await ReadAndLeaveAsync(reader);
            }
            else
            {
                await ReadUntilCutAsync(reader, wire);
            }
        }

        await enough.CancelAsync();
        await writing;

        // Undisturbed, the rest: up to the head of every room, so nothing at the end is missing either.
        Reading rest = open(lastReader, last, int.MaxValue);
        foreach (string room in rooms)
        {
            long head = (await lastReader.AskAsync("rooms.get", RoomRef.Format, new RoomRef { Room = room }, RoomInfo.Format)).Head;
            while (last[room] < head)
            {
                See(await rest.NextEventAsync());
            }

            Assert.True(head > Cuts / rooms.Length, $"Seed {seed}: room {room} has {head} entries, too few to show anything.");
        }

        // Between two elements: while more is on its way than was read, at least one entry and at most what was granted.
        async Task ReadAndLeaveAsync(ChatClient reader)
        {
            Reading feed = open(reader, last, random.Next(1, 40));
            for (int left = random.Next(1, (int)Math.Min(40, feed.Granted + 1)); left > 0; left--)
            {
                See(await feed.NextEventAsync());
            }
        }

        // Between any two bytes: the credit does not end before the wire does.
        async Task ReadUntilCutAsync(ChatClient reader, CuttableWire wire)
        {
            await reader.WhoAmIAsync();
            wire.CutAfter(random.Next(1, 4_000));
            Reading feed = open(reader, last, int.MaxValue);
            await Assert.ThrowsAsync<RSocketException>(async () =>
            {
                await foreach (Payload entry in feed.RestAsync())
                {
                    See(RoomEvent.Format.Read(DataFormat.MessagePack, entry.Data));
                }
            });
        }

        void See(RoomEvent entry)
        {
            long due = last[entry.Room] + 1;
            Assert.True(entry.Seq == due, $"Seed {seed}, cut {cut}, room {entry.Room}: {entry.Seq} came instead of {due}.");
            last[entry.Room] = due;
        }
    }

    private static async Task WriteAsync(ChatClient writer, string room, CancellationToken enough)
    {
        for (int i = 0; !enough.IsCancellationRequested; i++)
        {
            await writer.SendAsync(room, $"m{i}", "text");
        }
    }
}
