using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Storm;

/// <summary>Clients that stay: they ask for echoes at the times at which these are due, one client after the other.</summary>
internal sealed class Neighbours : IStreamReceiver
{
    private const int Bytes = 32;

    private readonly ClientLoop loop;
    private readonly RSocketSession[] sessions;
    private readonly PreparedRequest echo;
    private readonly Dictionary<(RSocketSession Session, int Stream), long> underWay = [];
    private readonly List<string> violations = [];
    private LatencyHistogram times = new();

    /// <summary>Connects.</summary>
    /// <param name="loop">Whose they are to be.</param>
    /// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
    /// <param name="count">How many.</param>
    public Neighbours(ClientLoop loop, Uri address, int count)
    {
        this.loop = loop;
        sessions = [.. Enumerable.Range(0, count).Select(number => RSocketSession.Open(loop, address, $"neighbour{number}"))];
        foreach (RSocketSession session in sessions)
        {
            session.OnEnd = (_, how) => violations.Add($"a neighbour's connection ended: {how}");
        }

        echo = PreparedRequest.Create(sessions[0].Socket.Framing, FrameType.RequestResponse, "system.echo", NumberedText.Create(Bytes));
    }

    /// <summary>What went wrong.</summary>
    public IReadOnlyList<string> Violations => violations;

    /// <summary>Has them ask for a while, and waits for the answers.</summary>
    /// <param name="rate">Echoes a second, all together.</param>
    /// <param name="time">How long.</param>
    /// <param name="patience">For the last answers.</param>
    /// <param name="stopping">Ends it with an exception.</param>
    /// <returns>The times from due to answered.</returns>
    public LatencyHistogram Ask(double rate, TimeSpan time, TimeSpan patience, CancellationToken stopping)
    {
        times = new LatencyHistogram();
        int count = Math.Max(1, (int)(rate * time.TotalSeconds));
        bool asked = false;
        loop.Tick();
        Pace.Begin(loop, rate, (index, due) =>
        {
            RSocketSession session = sessions[index % sessions.Length];
            underWay.Add((session, session.Request(echo, this)), due);
            asked = index + 1 == count;
            return !asked && violations.Count == 0;
        });
        if (!loop.Run(() => (asked && underWay.Count == 0) || violations.Count > 0, time + patience, stopping))
        {
            violations.Add($"{underWay.Count} echoes were never answered");
        }

        return times;
    }

    void IStreamReceiver.OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete)
    {
        if (underWay.Remove((session, stream), out long due))
        {
            times.Record(ClientLoop.Nanoseconds(due, loop.Now));
        }
        else
        {
            violations.Add("an echo came twice");
        }
    }

    void IStreamReceiver.OnError(RSocketSession session, int stream, string error)
    {
        underWay.Remove((session, stream));
        violations.Add($"an echo was refused: {error}");
    }
}
