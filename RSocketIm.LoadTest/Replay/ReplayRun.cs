using System.Diagnostics;
using RSocketIm.LoadTest.Backpressure;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Lagging;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Replay;

/// <summary>Rooms of several sizes, written before the server starts, read from their first entry on by one reader and by many.</summary>
/// <remarks>
/// Small rooms are read one after the other until as many entries were read as a middle-sized one has, so that each figure is of seconds and
/// not of milliseconds. The server is started anew for each figure, reads a room of its own to compile what it runs often, looks through what is new to its
/// search index, and then the system forgets the files.
/// </remarks>
internal sealed class ReplayRun(IReadOnlyList<long> sizes, int readers, int credit, bool overTcp)
{
    private const long EntriesAtLeast = 1_000_000;
    private const string WarmUpRoom = "replay-warmup";
    private const long WarmUpEntries = 500_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly List<BrokenPromise> broken = [];
    private bool isDiskCold = true;

    /// <summary>Told what begins.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Runs.</summary>
    /// <param name="stopping">Ends it with an exception.</param>
    public async Task<ReplayReport> RunAsync(CancellationToken stopping)
    {
        string directory = Directory.CreateTempSubdirectory("rsocketim-replay-").FullName;
        try
        {
            Progress("rooms are written");
            await RoomSeed.WriteAsync(directory, [(WarmUpRoom, WarmUpEntries), .. sizes.SelectMany(RoomsOf)], asTitles: true, stopping).ConfigureAwait(false);
            List<ReplayFigures> figures = [];
            foreach (long size in sizes)
            {
                figures.Add(await MeasureAsync(directory, size, 1, stopping).ConfigureAwait(false));
            }

            foreach (long size in sizes.Where(static size => size <= EntriesAtLeast))
            {
                figures.Add(await MeasureAsync(directory, size, readers, stopping).ConfigureAwait(false));
            }

            return new ReplayReport(isDiskCold, figures, broken);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IEnumerable<(string Name, long Entries)> RoomsOf(long size) =>
        Enumerable.Range(0, (int)Math.Max(1, EntriesAtLeast / size)).Select(i => ($"replay-{size}-{i}", size));

    private async Task<ReplayFigures> MeasureAsync(string directory, long size, int count, CancellationToken stopping)
    {
        Progress($"{size:N0} entries, {(count == 1 ? "one reader" : $"{count} readers")}");
        await using ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory).ConfigureAwait(false);
        using ClientLoop loop = new();
        Uri address = new(overTcp ? server.Tcp : server.WebSocket);
        await ReadAsync(loop, address, WarmUpRoom, WarmUpEntries, 1, stopping).ConfigureAwait(false);
        await ReadAsync(loop, address, WarmUpRoom, WarmUpEntries, 1, stopping).ConfigureAwait(false);
        await server.WaitForRestAsync(stopping).ConfigureAwait(false);
        isDiskCold &= PageCache.TryDrop(directory, "*.db");

        // Many readers read a part of the small rooms: as many entries in all as one reader does.
        (string Name, long Entries)[] rooms = [.. RoomsOf(size)];
        rooms = rooms[..Math.Max(1, rooms.Length / count)];
        double blocks = await BlockReadsAsync(server).ConfigureAwait(false);
        TimeSpan used = ProcessUsage.CpuTime(server.ProcessId);
        long start = Stopwatch.GetTimestamp();
        foreach ((string name, long entries) in rooms)
        {
            await ReadAsync(loop, address, name, entries, count, stopping).ConfigureAwait(false);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        used = ProcessUsage.CpuTime(server.ProcessId) - used;
        long delivered = rooms.Sum(static room => room.Entries) * count;
        return new ReplayFigures(
            size, rooms.Length, count, delivered, seconds, used.TotalMicroseconds / delivered, await BlockReadsAsync(server).ConfigureAwait(false) - blocks);
    }

    private Task ReadAsync(ClientLoop loop, Uri address, string room, long entries, int count, CancellationToken stopping) => Task.Run(
        () =>
        {
            PacedReader[] reading = [.. Enumerable.Range(0, count).Select(i => new PacedReader(loop, address, $"reader{i}", [room], _ => CreditPattern.Refill(credit)))];
            PacedFeed[] feeds = [.. reading.SelectMany(static reader => reader.Feeds)];
            int at = 0;
            loop.Run(IsDone, Patience, stopping);
            foreach (PacedFeed feed in feeds)
            {
                feed.Ledger.Close(entries);
                broken.AddRange(feed.Ledger.Broken);
            }

            foreach (PacedReader reader in reading)
            {
                reader.Close();
            }

            bool IsDone()
            {
                while (at < feeds.Length && (feeds[at].Ledger.Last >= entries || feeds[at].Ledger.BrokenCount > 0))
                {
                    at++;
                }

                return at == feeds.Length;
            }
        },
        stopping);

    private static async Task<double> BlockReadsAsync(ServerUnderLoad server) =>
        (await server.ReadMetricsAsync().ConfigureAwait(false)).GetValueOrDefault("rsocketim_feed_block_reads_total");
}
