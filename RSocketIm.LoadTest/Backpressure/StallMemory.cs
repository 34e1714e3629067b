using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>What a stalled feed costs the server beyond its connection: so many of them that nothing else in its memory counts.</summary>
/// <param name="BytesPerCreditStall">Live managed memory for each feed that got its one credit's worth and waits.</param>
/// <param name="BytesPerSocketStall">The same for each feed with credit of 2^31-1 whose connection is not read.</param>
/// <param name="Feeds">How many of each.</param>
/// <param name="FullSockets">Connections of the latter that were full; null where the system does not tell.</param>
internal sealed record StallMemory(double BytesPerCreditStall, double BytesPerSocketStall, int Feeds, int? FullSockets)
{
    private const int Connections = 25;
    private const int FeedsPerConnection = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    /// <summary>Measures.</summary>
    /// <param name="loop">For its connections.</param>
    /// <param name="target">The server.</param>
    /// <param name="room">A room with some hundred entries.</param>
    /// <param name="stopping">Ends it with an exception.</param>
    /// <returns>Null where the server's memory cannot be had.</returns>
    public static async Task<StallMemory?> MeasureAsync(ClientLoop loop, IBackpressureTarget target, string room, CancellationToken stopping)
    {
        Uri address = new(target.Address);
        RSocketSession[] waiting = [.. Enumerable.Range(0, Connections).Select(i => RSocketSession.Open(loop, address, $"waiting{i}"))];
        loop.DialsNarrow = true;
        RSocketSession[] unread = [.. Enumerable.Range(0, Connections).Select(i => RSocketSession.Open(loop, address, $"unread{i}"))];
        await RunAsync(loop, static () => false, Moment, stopping).ConfigureAwait(false);
        if (await target.CollectAsync().ConfigureAwait(false) is not { } connected)
        {
            return null;
        }

        Counter counter = new();
        int feeds = Connections * FeedsPerConnection;
        Ask(waiting, room, 1, counter);
        await RunAsync(loop, () => counter.Payloads == feeds, Patience, stopping).ConfigureAwait(false);
        long withWaiting = (await target.CollectAsync().ConfigureAwait(false)).GetValueOrDefault();
        Ask(unread, room, int.MaxValue, counter);
        foreach (RSocketSession session in unread)
        {
            session.Socket.Reading = false;
        }

        HashSet<int> ports = [.. unread.Select(static session => session.Socket.LocalPort)];
        int? full = null;
        await RunAsync(
            loop,
            () =>
            {
                full = Servers.FullSockets.Count(address.Port, ports);
                return full == Connections;
            },
            Moment * 10,
            stopping).ConfigureAwait(false);
        long withUnread = (await target.CollectAsync().ConfigureAwait(false)).GetValueOrDefault();
        return new StallMemory((double)(withWaiting - connected) / feeds, (double)(withUnread - withWaiting) / feeds, feeds, full);
    }

    private static void Ask(RSocketSession[] sessions, string room, int credit, Counter counter)
    {
        byte[] data = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = room, After = 0 });
        foreach (RSocketSession session in sessions)
        {
            PreparedRequest feed = PreparedRequest.Create(session.Socket.Framing, FrameType.RequestStream, "rooms.feed", data, credit);
            for (int i = 0; i < FeedsPerConnection; i++)
            {
                session.Request(feed, counter);
            }
        }
    }

    private static Task<bool> RunAsync(ClientLoop loop, Func<bool> done, TimeSpan limit, CancellationToken stopping) =>
        Task.Run(() => loop.Run(done, limit, stopping), stopping);

    private sealed class Counter : IStreamReceiver
    {
        public long Payloads { get; private set; }

        public void OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete) => Payloads++;

        public void OnError(RSocketSession session, int stream, string error) => throw new InvalidOperationException($"A feed ended: {error}");
    }
}
