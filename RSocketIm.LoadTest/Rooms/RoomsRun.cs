using RSocketIm.LoadTest.Backpressure;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Lagging;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Rooms;

/// <summary>The same messages a second to few rooms and to many, each with as many members who read along.</summary>
internal sealed class RoomsRun(IReadOnlyList<int> roomCounts, int members, int mostConnections, int rate, TimeSpan time)
{
    private const int Credit = 256;
    private const int Bytes = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly List<BrokenPromise> broken = [];

    /// <summary>Told what begins.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Runs.</summary>
    /// <param name="stopping">Ends it with an exception.</param>
    public async Task<RoomsReport> RunAsync(CancellationToken stopping)
    {
        List<RoomsFigures> figures = [];
        foreach (int count in roomCounts)
        {
            string directory = Directory.CreateTempSubdirectory("rsocketim-rooms-").FullName;
            try
            {
                string[] rooms = [.. Enumerable.Range(0, count).Select(static i => $"room{i}")];
                await RoomSeed.WriteAsync(directory, [.. rooms.Select(static room => (room, 1L))], asTitles: true, stopping).ConfigureAwait(false);
                await using ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory).ConfigureAwait(false);
                figures.Add(await Task.Run(() => Measure(server, rooms, stopping), stopping).ConfigureAwait(false));
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        return new RoomsReport(figures, broken);
    }

    private RoomsFigures Measure(ServerUnderLoad server, string[] rooms, CancellationToken stopping)
    {
        Progress($"{rooms.Length:N0} rooms of {members} members");
        using ClientLoop loop = new();
        Uri address = new(server.WebSocket);
        int feeds = rooms.Length * members;
        int connections = Math.Min(feeds, mostConnections);
        PacedReader[] readers = [.. Enumerable.Range(0, connections).Select(number => Open(loop, address, number, connections, feeds, rooms))];
        PacedPublisher publisher = new(loop, address, RoomSeed.Owner, rooms, Bytes);

        // Half the time for both processes to compile what they run often, then the same again, measured.
        List<int> counts = [Send(loop, publisher, time / 2, stopping)];
        LatencyHistogram times = new();
        foreach (PacedReader reader in readers)
        {
            reader.Times = times;
        }

        TimeSpan used = ProcessUsage.CpuTime(server.ProcessId);
        long received = Received(readers);
        counts.Add(Send(loop, publisher, time, stopping));
        loop.Run(() => Received(readers) >= feeds + (publisher.Acknowledged * members), Patience, stopping);
        used = ProcessUsage.CpuTime(server.ProcessId) - used;
        long deliveries = Received(readers) - received;
        Close(readers, rooms, counts);
        return new RoomsFigures(
            rooms.Length,
            feeds,
            connections,
            counts[^1],
            deliveries,
            used.TotalMicroseconds / deliveries,
            times.Percentile(0.5) / 1e6,
            times.Percentile(0.99) / 1e6);
    }

    // Members of a room are neighbours in the line of feeds, and neighbours are on different connections.
    private static PacedReader Open(ClientLoop loop, Uri address, int number, int connections, int feeds, string[] rooms)
    {
        List<string> read = [];
        for (int feed = number; feed < feeds; feed += connections)
        {
            read.Add(rooms[feed / (feeds / rooms.Length)]);
        }

        return new PacedReader(loop, address, $"member{number}", read, static _ => CreditPattern.Refill(Credit));
    }

    private int Send(ClientLoop loop, PacedPublisher publisher, TimeSpan duration, CancellationToken stopping)
    {
        int count = (int)(rate * duration.TotalSeconds);
        long all = publisher.Acknowledged + count;
        publisher.Begin(count, rate);
        if (!loop.Run(() => publisher.Acknowledged == all || publisher.Failure is not null, duration + Patience, stopping) || publisher.Failure is not null)
        {
            throw new InvalidOperationException(publisher.Failure ?? $"{all - publisher.Acknowledged} messages were not acknowledged within {Patience.TotalSeconds:N0} s.");
        }

        return count;
    }

    private void Close(PacedReader[] readers, string[] rooms, IReadOnlyList<int> sent)
    {
        // Each time one room after the other had its message. The first entry is the room's making.
        Dictionary<string, long> heads = [];
        for (int i = 0; i < rooms.Length; i++)
        {
            heads[rooms[i]] = 1 + sent.Sum(count => (count / rooms.Length) + (i < count % rooms.Length ? 1 : 0));
        }

        foreach (PacedFeed feed in readers.SelectMany(static reader => reader.Feeds))
        {
            feed.Ledger.Close(heads[feed.Room]);
            broken.AddRange(feed.Ledger.Broken);
        }
    }

    private static long Received(PacedReader[] readers) => readers.Sum(static reader => reader.Feeds.Sum(static feed => feed.Ledger.Received));
}
