using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Peers;

namespace RSocketIm.LoadTest.Works;

/// <summary>Connections that subscribe to a room each and then only wait: what each costs the server in memory, and all of them in processor time.</summary>
internal sealed class IdleWork(int connections) : ITextReceiver
{
    // Not counted: with them a server loads what all that follow need once.
    private const int First = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static int runs;

    /// <summary>Connects them, lets them rest, and closes them.</summary>
    /// <param name="peer">The server.</param>
    /// <param name="rest">How long they rest before memory is read, and then again for the processor time.</param>
    /// <param name="stopping">Ends it.</param>
    public IdleMeasurement Run(Peer peer, TimeSpan rest, CancellationToken stopping)
    {
        using ClientLoop loop = new();
        string stem = $"idle-{Environment.ProcessId}-{Interlocked.Increment(ref runs)}";
        string[] rooms = [.. Enumerable.Range(0, connections + First).Select(index => $"{stem}-{index}")];
        peer.Prepare(loop, rooms, stopping);
        Connecting.Open(loop, peer, First, this, connection => connection.Join(rooms[connections + connection.Index]), Patience, stopping);
        loop.RunFor(rest, stopping);
        long before = ProcessUsage.ResidentBytes(peer.ProcessId);
        Connecting.Open(loop, peer, connections, this, connection => connection.Join(rooms[connection.Index]), Patience, stopping);
        loop.RunFor(rest, stopping);
        long after = ProcessUsage.ResidentBytes(peer.ProcessId);
        Meter meter = new(peer.ProcessId);
        loop.RunFor(rest, stopping);
        meter.Stop();
        return new IdleMeasurement(connections, (after - before) / (double)connections, meter.Server!.Value / rest);
    }

    void ITextReceiver.OnText(PeerConnection connection, int number) =>
        throw new InvalidOperationException($"Connection {connection.Index} of an idle load got a text.");
}
