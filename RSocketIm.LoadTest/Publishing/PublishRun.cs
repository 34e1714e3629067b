using System.Diagnostics;
using RSocketIm.LoadTest.Backpressure;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Publishing;

/// <summary>Connections that send as fast as they are answered; afterwards each room's log must have grown by exactly what was acknowledged.</summary>
/// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
/// <param name="own">The server when the tool started it; null: it was given.</param>
/// <param name="load">What is sent.</param>
internal sealed class PublishRun(string address, ServerUnderLoad? own, PublishLoad load)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string prefix = $"publish-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>Told what begins.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Runs.</summary>
    /// <param name="stopping">Ends it with an exception.</param>
    public async Task<PublishReport> RunAsync(CancellationToken stopping)
    {
        await using LoadClient member = await LoadClient.ConnectAsync(address, prefix).ConfigureAwait(false);
        string[] rooms = [.. Enumerable.Range(0, load.Rooms).Select(i => $"{prefix}-{i}")];
        foreach (string room in rooms)
        {
            await member.EnterAsync(room).ConfigureAwait(false);
        }

        // All connections are one user's: what is measured is sending, not joining.
        using ClientLoop loop = new();
        SendingConnection[] senders = [.. Enumerable.Range(0, load.Connections).Select(i => new SendingConnection(loop, new Uri(address), prefix, rooms[i % rooms.Length], load.Bytes))];
        Progress("warming up");
        await RoundAsync(loop, senders, load.Round / 2, stopping).ConfigureAwait(false);
        List<PublishFigures> rounds = [];
        for (int round = 1; round <= load.Rounds; round++)
        {
            Progress($"round {round} of {load.Rounds}");
            rounds.Add(await RoundAsync(loop, senders, load.Round, stopping).ConfigureAwait(false));
        }

        List<string> violations = [];
        for (int i = 0; i < rooms.Length; i++)
        {
            long acknowledged = senders.Where((_, number) => number % rooms.Length == i).Sum(static sender => sender.Acknowledged);
            long entries = await member.HeadAsync(rooms[i]).ConfigureAwait(false) - 1; // without the room's making
            if (entries != acknowledged)
            {
                violations.Add($"{rooms[i]} has {entries} messages, and {acknowledged} were acknowledged.");
            }
        }

        return new PublishReport(rounds, violations);
    }

    private async Task<PublishFigures> RoundAsync(ClientLoop loop, SendingConnection[] senders, TimeSpan time, CancellationToken stopping)
    {
        LatencyHistogram times = new();
        long before = senders.Sum(static sender => sender.Acknowledged);
        IReadOnlyDictionary<string, double> first = await MetricsAsync().ConfigureAwait(false);
        TimeSpan used = own is null ? default : ProcessUsage.CpuTime(own.ProcessId);
        long start = Stopwatch.GetTimestamp();
        await Task.Run(() => Send(loop, senders, times, time, stopping), stopping).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long messages = senders.Sum(static sender => sender.Acknowledged) - before;
        double? processor = own is null ? null : (ProcessUsage.CpuTime(own.ProcessId) - used).TotalMicroseconds / messages;
        IReadOnlyDictionary<string, double> last = await MetricsAsync().ConfigureAwait(false);
        double? batch = own is null ? null : Grown("rsocketim_entries_total") / Grown("rsocketim_commits_total");
        return new PublishFigures(messages, messages / seconds, LatencyFigures.Of(times), batch, processor);

        double Grown(string name) => last[name] - first.GetValueOrDefault(name);
    }

    private async Task<IReadOnlyDictionary<string, double>> MetricsAsync() => own is null ? new Dictionary<string, double>() : await own.ReadMetricsAsync().ConfigureAwait(false);

    private void Send(ClientLoop loop, SendingConnection[] senders, LatencyHistogram times, TimeSpan time, CancellationToken stopping)
    {
        foreach (SendingConnection sender in senders)
        {
            sender.Times = times;
            sender.Begin(load.InFlight);
        }

        loop.Run(() => senders.Any(static sender => sender.Failure is not null), time, stopping);
        foreach (SendingConnection sender in senders)
        {
            sender.GoesOn = false;
        }

        bool answered = loop.Run(() => senders.All(static sender => sender.UnderWay == 0), Patience, stopping);
        string? failure = senders.Select(static sender => sender.Failure).FirstOrDefault(static reason => reason is not null);
        if (failure is not null || !answered)
        {
            throw new InvalidOperationException(failure ?? $"Messages were not acknowledged within {Patience.TotalSeconds:N0} s.");
        }
    }
}
