using System.Diagnostics;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Servers;
using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Storm;

/// <summary>Clients come and go in great number beside a few that stay, whose echoes are timed: first without the others, then with them.</summary>
internal sealed class StormRun(int comers, int neighbours, double echoRate, bool overTcp, TimeSpan time)
{
    private const string Connections = "rsocketim_connections";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly List<string> violations = [];

    /// <summary>Told what begins.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Runs.</summary>
    /// <param name="stopping">Ends it with an exception.</param>
    public Task<StormReport> RunAsync(CancellationToken stopping) => Running.WithServerAsync("storm", [], server => RunAsync(server, stopping));

    private async Task<StormReport> RunAsync(ServerUnderLoad server, CancellationToken stopping)
    {
        Uri address = new(overTcp ? server.Tcp : server.WebSocket);
        using ClientLoop loop = new();
        Neighbours staying = new(loop, address, neighbours);
        Progress("both processes compile what they run often");
        foreach (bool stayForAnswer in (bool[])[true, false])
        {
            await PhaseAsync(server, staying, address, "", stayForAnswer, stopping).ConfigureAwait(false);
        }

        await server.WaitForRestAsync(stopping).ConfigureAwait(false);
        List<StormPhase> phases = [];
        foreach ((string name, bool? stayForAnswer) in ((string, bool?)[])[("nobody", null), ("wait for an answer and go", true), ("go at once", false)])
        {
            Progress($"who comes: {name}");
            phases.Add(await PhaseAsync(server, staying, address, name, stayForAnswer, stopping).ConfigureAwait(false));
        }

        violations.AddRange(staying.Violations);
        return new StormReport(phases, violations);
    }

    private async Task<StormPhase> PhaseAsync(ServerUnderLoad server, Neighbours staying, Uri address, string name, bool? stayForAnswer, CancellationToken stopping)
    {
        Meter meter = new(server.ProcessId);
        long started = Stopwatch.GetTimestamp();

        // A thread for each, as if each were a program of its own that wants a processor too.
        Task<int>[] coming = [.. Enumerable.Range(0, stayForAnswer is null ? 0 : comers).Select(number => OnItsOwn(() => Come(address, number, stayForAnswer == true, stopping)))];
        LatencyHistogram times = await OnItsOwn(() => staying.Ask(echoRate, time, Patience, stopping)).ConfigureAwait(false);
        int came = (await Task.WhenAll(coming).ConfigureAwait(false)).Sum();
        meter.Stop();
        TimeSpan taken = Stopwatch.GetElapsedTime(started);
        await WaitUntilGoneAsync(server, stopping).ConfigureAwait(false);
        return new StormPhase(name, came / taken.TotalSeconds, meter.Server!.Value / taken, Latency.Of(times));
    }

    private int Come(Uri address, int number, bool stayForAnswer, CancellationToken stopping)
    {
        Comer comer = new(address, $"comer{number}", stayForAnswer);
        int times = comer.Come(time, Patience, stopping);
        if (comer.Violation is { } violation)
        {
            lock (violations)
            {
                violations.Add(violation);
            }
        }

        return times;
    }

    private static Task<T> OnItsOwn<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task WaitUntilGoneAsync(ServerUnderLoad server, CancellationToken stopping)
    {
        long start = Stopwatch.GetTimestamp();
        double there;
        while ((there = (await server.ReadMetricsAsync().ConfigureAwait(false))[Connections]) != neighbours)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                violations.Add($"{there - neighbours} connections of those who are gone are still there");
                return;
            }

            await Task.Delay(Look, stopping).ConfigureAwait(false);
        }
    }
}
