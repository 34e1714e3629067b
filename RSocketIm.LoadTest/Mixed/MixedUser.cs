using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Fuzzing;
using RSocketIm.LoadTest.Servers;
using RSocketIm.LoadTest.Soaking;
using RSocketIm.Protocol;

namespace RSocketIm.LoadTest.Mixed;

/// <summary>A user who is there most of the day, in a few rooms, reading all of them on.</summary>
internal sealed class MixedUser(int number, string address, IReadOnlyList<string> rooms, MixedWeights weights, TimeSpan pause, ulong seed, SoakCounts counts)
{
    private const int RoomsPerUser = 3;
    private static readonly string[] Words = ["hello", "lunch", "release", "tomorrow", "meeting", "coffee", "tests", "weekend"];

    private readonly FuzzRandom random = new(FuzzRandom.Seed(seed, (ulong)number));
    private readonly Dictionary<string, SoakReader> known = []; // also of rooms left: a reader keeps its place
    private readonly List<string> joined = [];
    private LoadClient? client;
    private long message;

    /// <summary>Times by operation.</summary>
    public Dictionary<MixedOperation, LatencyHistogram> Times { get; } = Enum.GetValues<MixedOperation>().ToDictionary(static operation => operation, static _ => new LatencyHistogram());

    /// <summary>Failures by operation.</summary>
    public Dictionary<MixedOperation, long> Errors { get; } = Enum.GetValues<MixedOperation>().ToDictionary(static operation => operation, static _ => 0L);

    /// <summary>What it reads, in the rooms that it is in.</summary>
    public IEnumerable<SoakReader> Readers => joined.Select(room => known[room]);

    private string Name => $"mixed{number}";

    /// <summary>Comes, and does things until told to stop; then it is still there, reading.</summary>
    public async Task LiveAsync(CancellationToken stopping)
    {
        await DoAsync(MixedOperation.Connect).ConfigureAwait(false);
        try
        {
            while (true)
            {
                await Task.Delay(pause * (2.0 * random.Below(1_000) / 1_000), stopping).ConfigureAwait(false);
                await DoAsync(client is null ? MixedOperation.Connect : weights.Pick(random.Below(weights.Sum))).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The day is over.
        }

        if (client is null)
        {
            await DoAsync(MixedOperation.Connect).ConfigureAwait(false);
        }
    }

    /// <summary>Goes.</summary>
    public async Task GoAsync()
    {
        foreach (SoakReader reader in known.Values)
        {
            await reader.StopAsync().ConfigureAwait(false);
        }

        if (client is { } open)
        {
            client = null;
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task DoAsync(MixedOperation operation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            await ActAsync(operation).ConfigureAwait(false);
            Times[operation].Record((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
        catch (Exception error) when (error is RSocketException or IOException or SocketException)
        {
            Errors[operation]++;
            counts.Violate($"{Name} could not {operation}: {error.Message}");
        }
    }

    private async Task ActAsync(MixedOperation operation)
    {
        string room = joined.Count == 0 ? "" : random.Pick(joined);
        switch (operation)
        {
            case MixedOperation.Connect:
                await ComeAsync().ConfigureAwait(false);
                break;
            case MixedOperation.Send:
                await client!.SendAsync(room, string.Create(CultureInfo.InvariantCulture, $"m{message++}"), Text()).ConfigureAwait(false);
                break;
            case MixedOperation.History:
                await client!.HistoryAsync(room, 50).ConfigureAwait(false);
                break;
            case MixedOperation.Search:
                await client!.SearchAsync(random.Pick<string>(Words), 20).ConfigureAwait(false);
                break;
            case MixedOperation.Receipt:
                await client!.ReadToAsync(room, known[room].Position).ConfigureAwait(false);
                break;
            case MixedOperation.Presence:
                await client!.PresenceAsync(Name, $"mixed{random.Below(number + 1)}").ConfigureAwait(false);
                break;
            case MixedOperation.Move:
                await MoveAsync(room).ConfigureAwait(false);
                break;
            default:
                await GoAsync().ConfigureAwait(false);
                await ComeAsync().ConfigureAwait(false);
                break;
        }
    }

    private async Task ComeAsync()
    {
        client ??= await LoadClient.ConnectAsync(address, Name).ConfigureAwait(false);
        while (joined.Count < RoomsPerUser)
        {
            await JoinAsync().ConfigureAwait(false);
        }

        foreach (SoakReader reader in Readers)
        {
            await reader.StopAsync().ConfigureAwait(false);
            reader.Start(client, random.Between(1, 64));
        }
    }

    private async Task MoveAsync(string room)
    {
        await known[room].StopAsync().ConfigureAwait(false);
        joined.Remove(room);
        await client!.LeaveAsync(room).ConfigureAwait(false);
        SoakReader reader = await JoinAsync().ConfigureAwait(false);
        reader.Start(client, random.Between(1, 64));
    }

    private async Task<SoakReader> JoinAsync()
    {
        string room;
        do
        {
            room = random.Pick(rooms);
        }
        while (joined.Contains(room));

        await client!.EnterAsync(room).ConfigureAwait(false);
        joined.Add(room);
        if (!known.TryGetValue(room, out SoakReader? reader))
        {
            known.Add(room, reader = new SoakReader(Name, room, counts));
        }

        return reader;
    }

    private string Text() => string.Join(' ', Enumerable.Range(0, random.Between(3, 20)).Select(_ => random.Pick<string>(Words)));
}
