using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Durability;

/// <summary>Kills a server under load again and again, and looks each time whether all that it had acknowledged is there.</summary>
/// <param name="rounds">How often it is killed.</param>
/// <param name="senderCount">Senders, each with a connection over WebSocket.</param>
/// <param name="roomCount">Rooms they share.</param>
/// <param name="inFlight">Sends of one sender that wait for their answer.</param>
/// <param name="seed">Of the moments to kill at.</param>
internal sealed class CrashRun(int rounds, int senderCount, int roomCount, int inFlight, int seed)
{
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(1.5);

    private readonly CrashSender[] senders =
        [.. Enumerable.Range(0, senderCount).Select(number => new CrashSender(number, $"crash{number % roomCount}", inFlight))];

    /// <summary>Told after every round, for who watches.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Told the data directory between the kill and the restart; a test harms it there, to see that it shows.</summary>
    public Func<string, Task> Killed { get; init; } = static _ => Task.CompletedTask;

    /// <summary>Runs all rounds, in a directory of its own that is removed when all was well.</summary>
    public async Task<CrashReport> RunAsync()
    {
        string directory = Directory.CreateTempSubdirectory("rsocketim-crash-").FullName;
        List<string> violations = [];
        long entries = 0;
#pragma warning disable CA5394 // Moments to kill at need no secrecy, but a seed.
        Random random = new(seed);
        ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory).ConfigureAwait(false);
        try
        {
            for (int round = 1; round <= rounds && violations.Count == 0; round++)
            {
                await CrashAsync(server, random.NextDouble() * LongestRound).ConfigureAwait(false);
#pragma warning restore CA5394
                await server.DisposeAsync().ConfigureAwait(false);
                await Killed(directory).ConfigureAwait(false);
                server = await ServerUnderLoad.StartAsync(directory).ConfigureAwait(false);
                entries = await CheckAsync(server, violations).ConfigureAwait(false);
                Progress($"round {round}: {entries} entries, {senders.Sum(static sender => (long)sender.Acknowledged.Count)} acknowledged, {senders.Sum(static sender => sender.Duplicates)} repeats recognised, {violations.Count} violations");
            }
        }
        finally
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        if (violations.Count == 0)
        {
            Directory.Delete(directory, recursive: true);
        }
        else
        {
            violations.Add($"The data directory is kept: {directory}");
        }

        return new CrashReport(
            rounds, seed, entries, senders.Sum(static sender => (long)sender.Acknowledged.Count), senders.Sum(static sender => sender.Duplicates), violations);
    }

    // The clock of the round starts with its first acknowledgement, so that no round kills a server that nobody had reached yet.
    private async Task CrashAsync(ServerUnderLoad server, TimeSpan after)
    {
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task all = Task.WhenAll(senders.Select(sender => Task.Run(() => sender.SendUntilCrashAsync(server.WebSocket, () => first.TrySetResult()))));
        await Task.WhenAny(first.Task, all).ConfigureAwait(false);
        await Task.Delay(after).ConfigureAwait(false);
        await server.KillAsync().ConfigureAwait(false);
        await all.ConfigureAwait(false);
    }

    private async Task<long> CheckAsync(ServerUnderLoad server, List<string> violations)
    {
        long entries = 0;
        await using LoadClient reader = await LoadClient.ConnectAsync(server.Tcp, "checker").ConfigureAwait(false);
        foreach (IGrouping<string, CrashSender> room in senders.GroupBy(static sender => sender.Room))
        {
            entries += await CrashCheck.RunAsync(reader, room.Key, [.. room], violations).ConfigureAwait(false);
        }

        violations.AddRange(senders.SelectMany(static sender => sender.Violations));
        return entries;
    }
}
