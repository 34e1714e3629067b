using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Peers;

namespace RSocketIm.LoadTest.Works;

/// <summary>Request and answer: every connection keeps so many requests in flight and sends the next when one is answered.</summary>
internal sealed class EchoWork : ITextReceiver
{
    // Requests of a connection are numbered; an answer may overtake so many others.
    private const int Window = 8192;

    private readonly LatencyHistogram times = new();
    private readonly List<string> violations = [];
    private readonly int connections;
    private readonly int inFlight;
    private readonly int bytes;
    private readonly long[] sentAt;
    private readonly int[] next;
    private ClientLoop? current;
    private bool sending;
    private long answered;
    private long outstanding;

    /// <param name="connections">Connections.</param>
    /// <param name="inFlight">Requests that each has on the way, at most 4,096.</param>
    /// <param name="bytes">Bytes of text, at least 16.</param>
    public EchoWork(int connections, int inFlight, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inFlight, Window / 2);
        this.connections = connections;
        this.inFlight = inFlight;
        this.bytes = bytes;
        sentAt = new long[connections * Window];
        next = new int[connections];
    }

    /// <summary>Connects, warms up, measures, waits for the last answers and closes.</summary>
    public async Task<Measurement> RunAsync(Peer peer, WorkTime time, CancellationToken stopping)
    {
        using ClientLoop loop = new();
        current = loop;
        PeerConnection[] all = Connecting.Open(loop, peer, connections, this, connection => connection.PrepareEcho(bytes), time.Patience, stopping);
        sending = true;
        foreach (PeerConnection connection in all)
        {
            for (int i = 0; i < inFlight; i++)
            {
                Send(connection);
            }
        }

        Measurement measured = await Measuring.RunAsync(loop, peer, time, times, violations, () => answered, stopping).ConfigureAwait(false);
        sending = false;
        if (!loop.Run(() => outstanding == 0, time.Patience, stopping))
        {
            violations.Add($"{outstanding} requests were never answered");
        }

        return measured;
    }

    void ITextReceiver.OnText(PeerConnection connection, int number)
    {
        ref long at = ref SentAt(connection.Index, number);
        if (at == 0 || number >= next[connection.Index])
        {
            violations.Add($"connection {connection.Index} got an answer {number} that it did not ask for, or twice");
            return;
        }

        times.Record(ClientLoop.Nanoseconds(at, current!.Now));
        at = 0;
        answered++;
        outstanding--;
        if (sending)
        {
            Send(connection);
        }
    }

    private void Send(PeerConnection connection)
    {
        int number;
        do
        {
            number = next[connection.Index]++;
        }
        while (SentAt(connection.Index, number) != 0); // one that was never answered keeps its place: it is counted at the end

        SentAt(connection.Index, number) = current!.Now;
        outstanding++;
        connection.Echo(number);
    }

    private ref long SentAt(int connection, int number) => ref sentAt[(connection * Window) + (number & (Window - 1))];
}
