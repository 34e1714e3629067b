using System.Net.Sockets;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>One user's place in one room: read from the first entry on, over as many connections as it takes, each entry exactly once.</summary>
#pragma warning disable CA1001 // What ends a feed is disposed when it has ended.
internal sealed class SoakReader(string user, string room, SoakCounts counts)
#pragma warning restore CA1001
{
    private long position;
    private CancellationTokenSource? leaving;
    private Task reading = Task.CompletedTask;

    public string Room => room;

    /// <summary>Seq of the last entry read.</summary>
    public long Position => Volatile.Read(ref position);

    /// <summary>Goes on reading over a connection.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="prefetch">Credit: small readers and large ones.</param>
    public void Start(LoadClient client, int prefetch)
    {
        leaving = new CancellationTokenSource();
        reading = ReadAsync(client, prefetch, leaving.Token);
    }

    /// <summary>Stops reading; the place is kept.</summary>
    public async Task StopAsync()
    {
        if (leaving is not null)
        {
            await leaving.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            leaving.Dispose();
            leaving = null;
        }
    }

    // Where a connection is lost the next one goes on after the last seq. A client that resumes its session would keep this
    // feed across the cut instead: then SoakConnection.CutAsync is all that changes, and the seqs must be as without it.
    private async Task ReadAsync(LoadClient client, int prefetch, CancellationToken stopping)
    {
        try
        {
            IAsyncEnumerable<Payload> feed = client.Connection.RequestStreamAsync(LoadClient.Feed(room, position), new RefillPolicy { Prefetch = prefetch }, stopping);
            await foreach (Payload payload in feed.ConfigureAwait(false))
            {
                RoomEvent entry = RoomEvent.Format.Read(DataFormat.MessagePack, payload.Data);
                if (entry.Seq != position + 1)
                {
                    counts.Violate($"{user} read {entry.Seq} of {room} after {position}.");
                }

                Volatile.Write(ref position, entry.Seq);
                counts.Read();
            }
        }
        catch (Exception error) when (error is RSocketException or IOException or SocketException or OperationCanceledException)
        {
            counts.FeedEnded(); // cut, or left: SoakUser knows which
        }
    }
}
