using System.Diagnostics;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>Many users come and go at a server for a long time; afterwards, with the same users there, it must be as it was after the first minute.</summary>
/// <param name="users">Users.</param>
/// <param name="time">All of it, without starting and ending.</param>
/// <param name="pause">Mean time between two things that a user does.</param>
/// <param name="seed">Of what they do.</param>
internal sealed class SoakRun(int users, TimeSpan time, TimeSpan pause, ulong seed)
{
    private const int UsersPerRoom = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SoakCounts counts = new();
    private readonly List<SoakSample> samples = [];
    private readonly long start = Stopwatch.GetTimestamp();

    /// <summary>Told now and then how far it is.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>How long all rest before they are compared: until each has acknowledged by KEEPALIVE what a resumable session retains, and pool threads without work have gone, both 20 s.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(45);

    public async Task<SoakReport> RunAsync()
    {
        string directory = Directory.CreateTempSubdirectory("rsocketim-soak-").FullName;
        SoakReport report;
        await using (ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory, SettledHeap, SmallCaches).ConfigureAwait(false))
        {
            string[] rooms = [.. Enumerable.Range(0, Math.Max(5, users / UsersPerRoom)).Select(static number => $"soak{number}")];
            SoakUser[] all = [.. Enumerable.Range(0, users).Select(number => new SoakUser(number, server.Tcp, rooms, pause, seed, counts))];
            report = await RunAsync(server, all).ConfigureAwait(false);
        }

        Directory.Delete(directory, recursive: true);
        return report;
    }

    // What is kept up to a bound must be at its bound within the first minute: filling up is no leak, but would look like one for as long as it takes.
    private static string[] SmallCaches =>
    [
        "--RSocketIm:Limits:TailBytes=2097152", "--RSocketIm:Limits:BlockCacheBytes=2097152", "--RSocketIm:Limits:UnreadCountBytes=1048576",
        "--RSocketIm:Store:PageCacheBytes=2097152", "--RSocketIm:Store:SendsInMemory=8192", "--RSocketIm:Store:SendFilterBytes=1048576", "--RSocketIm:Resume:MaxSessionBytes=16384",
        "--RSocketIm:Resume:SessionSeconds=10",
    ];

    // The server's heap settles at what is alive: a large one would otherwise keep what it once had, and show nothing.
    private static Dictionary<string, string> SettledHeap => new() { ["DOTNET_gcServer"] = "0", ["DOTNET_GCConserveMemory"] = "9", ["DOTNET_GCgen0size"] = "1000000" };

    private async Task<SoakReport> RunAsync(ServerUnderLoad server, SoakUser[] all)
    {
        TimeSpan warmUp = time < TimeSpan.FromMinutes(2) ? time / 4 : TimeSpan.FromMinutes(1);
        using CancellationTokenSource stopSampling = new();
        Task sampling = SampleAsync(server, stopSampling.Token);
        await LiveAsync(all, warmUp).ConfigureAwait(false);
        Dictionary<string, double> first = await CallTheRollAsync(server, all).ConfigureAwait(false);
        await LiveAsync(all, time - warmUp).ConfigureAwait(false);
        Dictionary<string, double> last = await CallTheRollAsync(server, all).ConfigureAwait(false);
        await stopSampling.CancelAsync().ConfigureAwait(false);
        await sampling.ConfigureAwait(false);
        await Task.WhenAll(all.Select(static user => user.LeaveAsync())).ConfigureAwait(false);

        SoakComparison[] compared = [.. SoakSample.Compared.Where(first.ContainsKey).Select(name => new SoakComparison(name, first[name], last[name]))];
        return new SoakReport(
            users,
            seed,
            new Dictionary<string, long>
            {
                ["connects"] = counts.Connects,
                ["cuts"] = counts.Cuts,
                ["joins"] = counts.Joins,
                ["sends"] = counts.Sends,
                ["entries read"] = counts.Reads,
                ["feeds ended"] = counts.FeedsEnded,
                ["operations lost"] = counts.Failures,
            },
            compared,
            [.. counts.Violations, .. compared.Where(static each => each.HasGrown).Select(static each => $"{each.Name} has grown from {each.First:N0} to {each.Last:N0}.")],
            samples);
    }

    private static async Task LiveAsync(SoakUser[] all, TimeSpan span)
    {
        using CancellationTokenSource stopping = new(span);
        await Task.WhenAll(all.Select(user => Task.Run(() => user.LiveAsync(stopping.Token)))).ConfigureAwait(false);
    }

    // Everyone there and idle: medians of what the server is then.
    private async Task<Dictionary<string, double>> CallTheRollAsync(ServerUnderLoad server, SoakUser[] all)
    {
        using CancellationTokenSource giveUp = new(2 * Patience);
        await Task.WhenAll(all.Select(user => user.ShowUpAsync(giveUp.Token))).ConfigureAwait(false);
        await CheckReadersAsync(server, all).ConfigureAwait(false); // who still reads what was missed is not at rest
        await SessionsEndedAsync(server, giveUp.Token).ConfigureAwait(false);
        await Task.Delay(Rest, giveUp.Token).ConfigureAwait(false);
        await FullCollection.RunAsync(server).ConfigureAwait(false);
        List<SoakSample> settled = [];
        for (int i = 0; i < 5; i++)
        {
            settled.Add(await SoakSample.TakeAsync(server, Stopwatch.GetElapsedTime(start)).ConfigureAwait(false));
            await Task.Delay(Rest / 20, giveUp.Token).ConfigureAwait(false);
        }

        Dictionary<string, double> medians = settled[0].Values.Keys.ToDictionary(
            static name => name, name => settled.Select(sample => sample.Values[name]).Order().ElementAt(settled.Count / 2), StringComparer.Ordinal);
        Progress($"{Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s, all are there: {string.Join(", ", medians.Select(static pair => $"{pair.Key} {pair.Value:N0}"))}");
        return medians;
    }

    // Who went while a session of theirs waited for a new socket has left it behind, until its time is over.
    private async Task SessionsEndedAsync(ServerUnderLoad server, CancellationToken giveUp)
    {
        while ((await server.ReadMetricsAsync().ConfigureAwait(false))["rsocketim_connections"] > users)
        {
            await Task.Delay(Rest / 20, giveUp).ConfigureAwait(false);
        }
    }

    private async Task SampleAsync(ServerUnderLoad server, CancellationToken stopping)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                samples.Add(await SoakSample.TakeAsync(server, Stopwatch.GetElapsedTime(start)).ConfigureAwait(false));
                if (samples.Count % 30 == 0)
                {
                    Progress($"{samples[^1].Second:N0} s: {samples[^1].Values["resident"] / (1 << 20):N0} MiB, {counts.Sends:N0} sent, {counts.Reads:N0} read, {counts.Connects:N0} connects, {counts.Failures:N0} lost, {counts.Violations.Count} violations");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    // Whoever is in a room has by now read all of it.
    private async Task CheckReadersAsync(ServerUnderLoad server, SoakUser[] all)
    {
        await using LoadClient checker = await LoadClient.ConnectAsync(server.Tcp, "checker").ConfigureAwait(false);
        Dictionary<string, long> heads = [];
        foreach (string room in all.SelectMany(static user => user.Readers).Select(static reader => reader.Room).Distinct())
        {
            heads[room] = await checker.HeadAsync(room).ConfigureAwait(false);
        }

        long began = Stopwatch.GetTimestamp();
        foreach (SoakReader reader in all.SelectMany(static user => user.Readers))
        {
            while (reader.Position < heads[reader.Room] && Stopwatch.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(50).ConfigureAwait(false);
            }

            if (reader.Position != heads[reader.Room])
            {
                counts.Violate($"A reader of {reader.Room} is at {reader.Position}, the room at {heads[reader.Room]}.");
            }
        }
    }
}
