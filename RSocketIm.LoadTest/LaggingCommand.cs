using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using RSocketIm.LoadTest.Lagging;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest;

/// <summary><c>lagging</c>: many feeds far behind in one room, each taking a little now and then; shows the server's memory and how often it reads its store.</summary>
internal static class LaggingCommand
{
    public static Command Create()
    {
        var feeds = new Option<int>("--feeds") { Description = "Feeds.", DefaultValueFactory = _ => 10_000 };
        var connections = new Option<int>("--connections") { Description = "Connections they share.", DefaultValueFactory = _ => 100 };
        var entries = new Option<long>("--entries") { Description = "Entries of the room: how far behind they begin.", DefaultValueFactory = _ => 1_000_000 };
        var take = new Option<int>("--take") { Description = "Entries that a feed takes at a time.", DefaultValueFactory = _ => 100 };
        var rounds = new Option<int>("--rounds") { Description = "How often each takes them.", DefaultValueFactory = _ => 5 };
        var spread = new Option<int>("--spread") { Description = "Feeds begin at random within this many entries.", DefaultValueFactory = _ => 1 };
        var command = new Command("lagging", "Memory and store reads of a server with many feeds far behind.") { feeds, connections, entries, take, rounds, spread };
        command.SetAction(async parsed =>
        {
            string directory = Directory.CreateTempSubdirectory("rsocketim-lagging-").FullName;
            await RunAsync(
                directory,
                parsed.GetValue(entries),
                parsed.GetValue(connections),
                [.. Enumerable.Range(0, parsed.GetValue(feeds)).Select(static _ => new LaggingFeed())],
                (parsed.GetValue(rounds), parsed.GetValue(take), parsed.GetValue(spread))).ConfigureAwait(false);
            Directory.Delete(directory, recursive: true);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(string directory, long entries, int connections, LaggingFeed[] feeds, (int Rounds, int Take, int Spread) pace)
    {
        Stopwatch watch = Stopwatch.StartNew();
        await RoomSeed.WriteAsync(directory, entries).ConfigureAwait(false);
        Say($"seeded {entries:N0} entries in {watch.Elapsed.TotalSeconds:N1} s");
        await using ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory).ConfigureAwait(false);
        LoadClient[] clients = new LoadClient[connections];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i] = await LoadClient.ConnectAsync(server.Tcp, $"reader{i}").ConfigureAwait(false);
        }

        Say($"{connections} connections, no feed: {server.ResidentBytes >> 20} MiB resident");
#pragma warning disable CA5394 // Where a feed begins needs no secrecy.
        long[] starts = [.. feeds.Select(_ => (long)Random.Shared.Next(pace.Spread))];
#pragma warning restore CA5394
        for (int round = 1; round <= pace.Rounds; round++)
        {
            double before = await BlockReadsAsync(server).ConfigureAwait(false);
            watch.Restart();
            await Task.WhenAll(feeds.Select((feed, i) => feed.TakeAsync(clients[i % connections], starts[i], pace.Take))).ConfigureAwait(false);
            TimeSpan taken = watch.Elapsed;
            double reads = await BlockReadsAsync(server).ConfigureAwait(false) - before;
            Say($"round {round}: {(long)feeds.Length * pace.Take:N0} entries in {taken.TotalSeconds:N2} s, {reads:N0} reads of the store, {await MemoryAsync(server).ConfigureAwait(false)}");
        }

        foreach (LoadClient client in clients)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<double> BlockReadsAsync(ServerUnderLoad server) =>
        (await server.ReadMetricsAsync().ConfigureAwait(false)).GetValueOrDefault("rsocketim_feed_block_reads_total");

    // Resident: what the system gave. Committed: the collector's part of it. Heap: what the last collection left, so neither garbage nor what it keeps for later.
    private static async Task<string> MemoryAsync(ServerUnderLoad server)
    {
        IReadOnlyDictionary<string, double> metrics = await server.ReadMetricsAsync().ConfigureAwait(false);
        double collections = metrics.GetValueOrDefault("dotnet_gc_gen2_collections_total");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{server.ResidentBytes >> 20} MiB resident, {MiB("dotnet_gc_committed_bytes")} committed, {MiB("dotnet_gc_last_heap_bytes")} heap after {collections} full collections");

        long MiB(string name) => (long)metrics.GetValueOrDefault(name) >> 20;
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
