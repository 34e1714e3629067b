using System.Diagnostics;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Durability;

/// <summary>Connections that send as fast as they are answered.</summary>
internal sealed class SendLoad : IAsyncDisposable
{
    private readonly List<(LoadClient Client, string Room)> senders = [];
    private readonly string text;
    private readonly int inFlight;
    private long nextId;

    private SendLoad(int inFlight, string text)
    {
        this.inFlight = inFlight;
        this.text = text;
    }

    /// <summary>Connects and enters the rooms.</summary>
    public static async Task<SendLoad> ConnectAsync(string address, int connections, int rooms, int inFlight, int textBytes)
    {
        SendLoad load = new(inFlight, new string('x', textBytes));
        for (int number = 0; number < connections; number++)
        {
            string room = $"load{number % rooms}";
            LoadClient client = await LoadClient.ConnectAsync(address, $"load{number}").ConfigureAwait(false);
            load.senders.Add((client, room));
            await client.EnterAsync(room).ConfigureAwait(false);
        }

        return load;
    }

    /// <summary>Sends for a while; every message that is counted has been acknowledged.</summary>
    /// <returns>Messages, and the time from the first send to the last answer.</returns>
    public async Task<(long Messages, TimeSpan Time)> RunAsync(TimeSpan duration)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long[] counts = await Task.WhenAll(senders.SelectMany(sender => Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            long count = 0;
            while (watch.Elapsed < duration)
            {
                await sender.Client.SendAsync(sender.Room, $"{Interlocked.Increment(ref nextId):x}", text).ConfigureAwait(false);
                count++;
            }

            return count;
        })))).ConfigureAwait(false);
        return (counts.Sum(), watch.Elapsed);
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((LoadClient client, _) in senders)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }
}
