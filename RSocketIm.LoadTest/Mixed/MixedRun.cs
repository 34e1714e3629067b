using RSocketIm.LoadTest.Backpressure;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Servers;
using RSocketIm.LoadTest.Soaking;

namespace RSocketIm.LoadTest.Mixed;

/// <summary>A day in a chat server in short: users come, enter rooms, send, read on, look things up, move and go; nothing may fail, and every feed must be complete.</summary>
internal sealed class MixedRun(string address, int users, TimeSpan time, TimeSpan pause, MixedWeights weights, ulong seed)
{
    private const int UsersPerRoom = 10;
    private const int LeastRooms = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SoakCounts counts = new();
    private readonly string prefix = $"mixed-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>Told what begins.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Runs.</summary>
    /// <param name="stopping">Ends it with an exception.</param>
    public async Task<MixedReport> RunAsync(CancellationToken stopping)
    {
        string[] rooms = [.. Enumerable.Range(0, Math.Max(LeastRooms, users / UsersPerRoom)).Select(i => $"{prefix}-{i}")];
        MixedUser[] all = [.. Enumerable.Range(0, users).Select(number => new MixedUser(number, address, rooms, weights, pause, seed, counts))];
        using CancellationTokenSource day = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Progress($"{users:N0} users in {rooms.Length:N0} rooms, for {time.TotalSeconds:N0} s");
        day.CancelAfter(time);
        try
        {
            await Task.WhenAll(all.Select(user => Task.Run(() => user.LiveAsync(day.Token)))).ConfigureAwait(false);
            stopping.ThrowIfCancellationRequested();
            Progress("the day is over; everybody reads what is left");
            await CheckAsync(all, rooms, stopping).ConfigureAwait(false);
        }
        finally
        {
            await Task.WhenAll(all.Select(static user => user.GoAsync())).ConfigureAwait(false);
        }

        return new MixedReport([.. Enum.GetValues<MixedOperation>().Select(operation => Figures(all, operation))], counts.Reads, [.. counts.Violations]);
    }

    private static MixedFigures Figures(MixedUser[] all, MixedOperation operation)
    {
        LatencyHistogram times = new();
        foreach (MixedUser user in all)
        {
            times.Add(user.Times[operation]);
        }

        return new MixedFigures(operation, all.Sum(user => user.Errors[operation]), LatencyFigures.Of(times));
    }

    private async Task CheckAsync(MixedUser[] all, string[] rooms, CancellationToken stopping)
    {
        await using LoadClient asking = await LoadClient.ConnectAsync(address, prefix).ConfigureAwait(false);
        Dictionary<string, long> heads = [];
        foreach (string room in rooms.Intersect(all.SelectMany(static user => user.Readers).Select(static reader => reader.Room)))
        {
            heads[room] = await asking.HeadAsync(room).ConfigureAwait(false);
        }

        SoakReader[] late = [.. all.SelectMany(static user => user.Readers)];
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while ((late = [.. late.Where(reader => reader.Position < heads[reader.Room])]).Length > 0 && Environment.TickCount64 < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), stopping).ConfigureAwait(false);
        }

        foreach (SoakReader reader in late)
        {
            counts.Violate($"A feed of {reader.Room} got nothing after seq {reader.Position} of {heads[reader.Room]}.");
        }
    }
}
