using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.MessagePack;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>One connection that reads feeds at the pace it likes, and keeps the books of each.</summary>
internal sealed class PacedReader : IStreamReceiver
{
    private readonly RSocketSession session;
    private readonly Dictionary<int, PacedFeed> byStream = [];

    /// <summary>Connects, and asks for feeds from their first entry on.</summary>
    /// <param name="loop">Whose it is to be.</param>
    /// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
    /// <param name="user">Who reads.</param>
    /// <param name="rooms">What it reads; one room may be there more than once.</param>
    /// <param name="pattern">How it grants on the feed of this number.</param>
    public PacedReader(ClientLoop loop, Uri address, string user, IReadOnlyList<string> rooms, Func<int, CreditPattern> pattern)
    {
        session = RSocketSession.Open(loop, address, user);
        session.OnEnd = (_, how) => EndAll(how);
        LocalPort = session.Socket.LocalPort;
        for (int i = 0; i < rooms.Count; i++)
        {
            CreditPattern grants = pattern(i);
            StreamLedger ledger = new(rooms.Count == 1 ? $"{user} in {rooms[i]}" : $"{user} in {rooms[i]}, feed {i + 1} of {rooms.Count}", 0);
            byte[] data = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = rooms[i], After = 0 });
            ledger.Grant(grants.First);
            int stream = session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestStream, "rooms.feed", data, grants.First), this);
            byStream.Add(stream, new PacedFeed(stream, rooms[i], ledger, grants));
        }
    }

    public IReadOnlyCollection<PacedFeed> Feeds => byStream.Values;

    /// <summary>Its port on this side.</summary>
    public int LocalPort { get; }

    /// <summary>Where the delays of its messages are counted; null: nowhere.</summary>
    public LatencyHistogram? Times { get; set; }

    /// <summary>Grants no more on any feed.</summary>
    public void StallCredit()
    {
        foreach (PacedFeed feed in Feeds)
        {
            feed.IsStalled = true;
        }
    }

    /// <summary>Grants 2^31-1 on every feed, and reads its socket no more.</summary>
    public void StallSocket()
    {
        StallCredit();
        foreach (PacedFeed feed in Feeds)
        {
            Grant(feed, int.MaxValue);
        }

        session.Socket.Reading = false;
    }

    /// <summary>Reads and grants again.</summary>
    public void Resume()
    {
        session.Socket.Reading = true;
        foreach (PacedFeed feed in Feeds)
        {
            feed.IsStalled = false;
            GrantAsItLikes(feed);
        }
    }

    /// <summary>Grants where nothing is outstanding and its pattern waits for this.</summary>
    public void Nudge()
    {
        foreach (PacedFeed feed in Feeds)
        {
            if (!feed.IsStalled && feed.Ledger.Outstanding <= 0 && feed.Pattern.AfterPause() is > 0 and int count)
            {
                Grant(feed, count);
            }
        }
    }

    /// <summary>Closes the connection, without a word.</summary>
    public void Close() => session.Socket.Close();

    void IStreamReceiver.OnPayload(RSocketSession from, int stream, ReadOnlySpan<byte> data, bool complete)
    {
        PacedFeed feed = byStream[stream];
        if (!data.IsEmpty)
        {
            try
            {
                EntryHead entry = EntryHead.Read(data);
                feed.Ledger.Receive(entry.Seq);
                if (entry.Due > 0)
                {
                    Times?.Record(ClientLoop.Nanoseconds(entry.Due, session.Socket.Loop.Now));
                }
            }
            catch (MessagePackFormatException error)
            {
                feed.Ledger.End($"an entry cannot be read: {error.Message}");
            }

            GrantAsItLikes(feed);
        }

        if (complete)
        {
            feed.Ledger.End("COMPLETE came");
        }
    }

    void IStreamReceiver.OnError(RSocketSession from, int stream, string error) => byStream[stream].Ledger.End(error);

    private void GrantAsItLikes(PacedFeed feed)
    {
        int count = feed.IsStalled ? 0 : feed.Pattern.Next(feed.Ledger.Outstanding);
        if (count > 0)
        {
            Grant(feed, count);
        }
    }

    private void Grant(PacedFeed feed, int count)
    {
        feed.Ledger.Grant(count);
        session.RequestN(feed.Stream, count);
    }

    private void EndAll(string how)
    {
        foreach (PacedFeed feed in Feeds)
        {
            feed.Ledger.End(how);
        }
    }
}
