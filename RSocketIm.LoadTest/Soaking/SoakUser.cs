using System.Globalization;
using System.Net.Sockets;
using RSocketIm.LoadTest.Fuzzing;
using RSocketIm.Protocol;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>A user's day in short: connect, join, send, read with more or less credit, lose the network, come back, leave, go.</summary>
internal sealed class SoakUser(int number, string address, IReadOnlyList<string> rooms, TimeSpan pause, ulong seed, SoakCounts counts)
{
    private const int RoomsPerUser = 3;

    private readonly FuzzRandom random = new(FuzzRandom.Seed(seed, (ulong)number));
    private readonly Dictionary<string, SoakReader> known = []; // also of rooms left: a reader keeps its place
    private readonly HashSet<string> joined = [];
    private SoakConnection? connection;
    private long message;

    private string Name => $"soak{number}";

    /// <summary>The rooms the user is in.</summary>
    public IEnumerable<SoakReader> Readers => joined.Select(room => known[room]);

    /// <summary>Is there, in its rooms, reading: the state that is compared.</summary>
    public async Task ShowUpAsync(CancellationToken stopping)
    {
        while (connection is null)
        {
            await TryAsync(OpenAsync).ConfigureAwait(false);
            if (connection is null)
            {
                await Task.Delay(pause, stopping).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Lives until told to stop.</summary>
    public async Task LiveAsync(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await Task.Delay(pause * (2.0 * random.Below(1_000) / 1_000), stopping).ConfigureAwait(false);
                await TryAsync(connection is null ? OpenAsync : ActAsync).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The roll is called.
        }
    }

    /// <summary>Goes.</summary>
    public async Task LeaveAsync()
    {
        await StopReadersAsync().ConfigureAwait(false);
        if (connection is { } open)
        {
            connection = null;
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task TryAsync(Func<Task> operation)
    {
        try
        {
            await operation().ConfigureAwait(false);
        }
        catch (Exception error) when (error is RSocketException or IOException or SocketException or TimeoutException)
        {
            counts.Failed();
            await LeaveAsync().ConfigureAwait(false);
        }
    }

    private async Task OpenAsync()
    {
        connection = await SoakConnection.OpenAsync(address, Name).ConfigureAwait(false);
        counts.Connected();
        while (joined.Count < RoomsPerUser)
        {
            await JoinAsync().ConfigureAwait(false);
        }

        foreach (SoakReader reader in Readers)
        {
            await reader.StopAsync().ConfigureAwait(false);
            reader.Start(connection.Client, random.Between(1, 64));
        }
    }

    private async Task ActAsync()
    {
        switch (random.Below(100))
        {
            case < 75:
                string room = random.Pick<string>([.. joined]);
                await connection!.Client.SendAsync(room, string.Create(CultureInfo.InvariantCulture, $"m{message++}"), Text()).ConfigureAwait(false);
                counts.Sent();
                break;
            case < 85:
                await MoveAsync().ConfigureAwait(false);
                break;
            case < 95:
                counts.Cut();
                await connection!.CutAsync().ConfigureAwait(false);
                connection = null;
                await StopReadersAsync().ConfigureAwait(false);
                break;
            default:
                await LeaveAsync().ConfigureAwait(false);
                break;
        }
    }

    // Out of one room, into another.
    private async Task MoveAsync()
    {
        string room = random.Pick<string>([.. joined]);
        await known[room].StopAsync().ConfigureAwait(false);
        joined.Remove(room);
        await connection!.Client.LeaveAsync(room).ConfigureAwait(false);
        SoakReader reader = await JoinAsync().ConfigureAwait(false);
        reader.Start(connection.Client, random.Between(1, 64));
    }

    private async Task<SoakReader> JoinAsync()
    {
        string room;
        do
        {
            room = random.Pick(rooms);
        }
        while (joined.Contains(room));

        await connection!.Client.EnterAsync(room).ConfigureAwait(false);
        counts.Joined();
        joined.Add(room);
        if (!known.TryGetValue(room, out SoakReader? reader))
        {
            known.Add(room, reader = new SoakReader(Name, room, counts));
        }

        return reader;
    }

    private async Task StopReadersAsync()
    {
        foreach (SoakReader reader in known.Values)
        {
            await reader.StopAsync().ConfigureAwait(false);
        }
    }

    private string Text() => new('x', random.OneIn(50) ? random.Between(1_000, 8_000) : random.Between(10, 200));
}
