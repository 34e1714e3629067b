using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Routing;

/// <summary>The tallies of one connection: one for each route whose streams it has opened. Read loop only, but for <see cref="Close"/>, which comes last.</summary>
internal sealed class ConnectionTallies
{
    // A handful: a client opens streams of three or four routes.
    private List<(Route Route, StreamTally Tally)>? tallies;

    /// <summary>Has a stream counted with those of its route.</summary>
    public void Count(Route route, StreamContext stream)
    {
        foreach ((Route known, StreamTally tally) in tallies ??= new(capacity: 2))
        {
            if (ReferenceEquals(known, route))
            {
                stream.CountInto(tally);
                return;
            }
        }

        StreamTally opened = route.Flow.Open();
        tallies.Add((route, opened));
        stream.CountInto(opened);
    }

    /// <summary>Gives the routes what was counted.</summary>
    public void Close()
    {
        foreach ((Route route, StreamTally tally) in tallies ?? [])
        {
            route.Flow.Close(tally);
        }
    }
}
