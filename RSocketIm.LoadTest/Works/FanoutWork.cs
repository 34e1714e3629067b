using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Peers;

namespace RSocketIm.LoadTest.Works;

/// <summary>One publisher, many subscribers of one room: as fast as they take it, or at a fixed rate.</summary>
/// <remarks>Every delivery is counted: each subscriber has to get every number, once and in order.</remarks>
internal sealed class FanoutWork : ITextReceiver
{
    // Messages that may be on the way at a fixed rate before the server has plainly fallen behind.
    private const int Window = 16_384;
    private const int MaxViolations = 20;

    private static int rooms;

    private readonly LatencyHistogram times = new();
    private readonly List<string> violations = [];
    private readonly int subscribers;
    private readonly int bytes;
    private readonly int inFlight;
    private readonly double perSecond;
    private readonly long[] sentAt = new long[Window];
    private readonly int[] missing = new int[Window];
    private ClientLoop? current;
    private PeerConnection? publisher;
    private bool sending;
    private int published;
    private int completed;
    private long delivered;

    /// <param name="subscribers">Connections that subscribe.</param>
    /// <param name="bytes">Bytes of text, at least 16.</param>
    /// <param name="inFlight">Messages on the way: the next is sent when all have the oldest. Not with a rate.</param>
    /// <param name="perSecond">Messages a second, whatever has arrived; 0 is as fast as possible.</param>
    public FanoutWork(int subscribers, int bytes, int inFlight, double perSecond)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inFlight, Window / 2);
        this.subscribers = subscribers;
        this.bytes = bytes;
        this.inFlight = inFlight;
        this.perSecond = perSecond;
    }

    /// <summary>How a subscriber comes to read the room.</summary>
    public Action<PeerConnection, string> Join { get; init; } = static (connection, room) => connection.Join(room);

    private int OnTheWay => published - completed;

    /// <summary>Connects, warms up, measures, waits for the last deliveries and closes.</summary>
    public async Task<Measurement> RunAsync(Peer peer, WorkTime time, CancellationToken stopping)
    {
        using ClientLoop loop = new();
        current = loop;
        string room = $"fanout-{Environment.ProcessId}-{Interlocked.Increment(ref rooms)}";
        peer.Prepare(loop, [room], stopping);
        Connecting.Open(loop, peer, subscribers, this, connection => Join(connection, room), time.Patience, stopping);
        publisher = Connecting.Open(loop, peer, 1, this, connection => connection.PreparePublish(room, bytes), time.Patience, stopping)[0];
        Begin(loop);
        Measurement measured = await Measuring.RunAsync(loop, peer, time, times, violations, () => delivered, stopping).ConfigureAwait(false);
        sending = false;
        if (!loop.Run(() => OnTheWay == 0 && publisher.Acknowledged >= published, time.Patience, stopping))
        {
            violations.Add($"{((long)published * subscribers) - delivered} deliveries of {(long)published * subscribers} never came, {published - publisher.Acknowledged} sends were never confirmed");
        }

        return measured;
    }

    void ITextReceiver.OnText(PeerConnection connection, int number)
    {
        if (number != connection.Expected)
        {
            Violate($"subscriber {connection.Index} got {number} where {connection.Expected} was next");
            if (number < connection.Expected)
            {
                return;
            }
        }

        connection.Expected = number + 1;
        delivered++;
        int place = number & (Window - 1);
        times.Record(ClientLoop.Nanoseconds(sentAt[place], current!.Now));
        if (--missing[place] == 0)
        {
            completed++;
            if (sending && perSecond == 0)
            {
                Publish(current.Now);
            }
        }
    }

    private void Begin(ClientLoop loop)
    {
        sending = true;
        if (perSecond > 0)
        {
            Pace.Begin(loop, perSecond, (_, due) => TryPublish(due));
            return;
        }

        for (int i = 0; i < inFlight; i++)
        {
            Publish(loop.Now);
        }
    }

    private bool TryPublish(long due)
    {
        if (sending && OnTheWay == Window)
        {
            Violate($"{Window} messages are on the way: the server has fallen behind");
            sending = false;
        }

        if (sending)
        {
            Publish(due);
        }

        return sending;
    }

    private void Publish(long due)
    {
        int number = published++;
        sentAt[number & (Window - 1)] = due;
        missing[number & (Window - 1)] = subscribers;
        publisher!.Publish(number);
    }

    private void Violate(string violation)
    {
        if (violations.Count < MaxViolations)
        {
            violations.Add(violation);
        }
    }
}
