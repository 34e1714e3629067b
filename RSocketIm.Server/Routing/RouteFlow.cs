using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Routing;

/// <summary>Credit granted to the streams of one route, and elements they sent: a tally for each connection, and one sum for those that are over.</summary>
internal sealed class RouteFlow
{
    private readonly Lock gate = new();
    private readonly HashSet<StreamTally> open = [];
    private long granted;
    private long sent;

    /// <summary>Begins to count a connection. Pair with <see cref="Close"/>.</summary>
    public StreamTally Open()
    {
        StreamTally tally = new();
        lock (gate)
        {
            open.Add(tally);
        }

        return tally;
    }

    /// <summary>Keeps what a connection that is over has counted.</summary>
    public void Close(StreamTally tally)
    {
        lock (gate)
        {
            if (open.Remove(tally))
            {
                granted += tally.Granted;
                sent += tally.Sent;
            }
        }
    }

    /// <summary>Elements that clients have granted, as of now.</summary>
    public long Granted
    {
        get
        {
            lock (gate)
            {
                return granted + open.Sum(static tally => tally.Granted);
            }
        }
    }

    /// <summary>Elements that were sent, as of now.</summary>
    public long Sent
    {
        get
        {
            lock (gate)
            {
                return sent + open.Sum(static tally => tally.Sent);
            }
        }
    }
}
