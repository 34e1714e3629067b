using System.Globalization;
using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>Sends messages at the times at which they are due, however late the answers to those before: what waits is counted as late, not left out.</summary>
internal sealed class PacedPublisher : IStreamReceiver
{
    private const string StampPlace = "~~~~~~~~~~~~~~~~";
    private const string IdPlace = "````````````````";

    private readonly ClientLoop loop;
    private readonly RSocketSession session;
    private readonly PreparedRequest[] sends;
    private readonly int[] stampAt;
    private readonly int[] idAt;
    private readonly Dictionary<int, long> underWay = [];
    private readonly long firstId = TimeProvider.System.GetUtcNow().Ticks;
    private long number;

    /// <summary>Connects.</summary>
    /// <param name="loop">Whose it is to be.</param>
    /// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
    /// <param name="user">A member of the rooms.</param>
    /// <param name="rooms">Where to.</param>
    /// <param name="bytes">A text's length; at least that of a stamp.</param>
    public PacedPublisher(ClientLoop loop, Uri address, string user, IReadOnlyList<string> rooms, int bytes)
    {
        this.loop = loop;
        session = RSocketSession.Open(loop, address, user);
        session.OnEnd = (_, how) => Failure = $"The publisher's connection ended: {how}";
        string text = StampPlace.PadRight(bytes, '.');
        sends = [.. rooms.Select(room => PreparedRequest.Create(
            session.Socket.Framing,
            FrameType.RequestResponse,
            "messages.send",
            MessageSend.Format.ToArray(DataFormat.MessagePack, new MessageSend { Room = room, Id = IdPlace, Text = text })))];
        stampAt = [.. sends.Select(static send => send.Find("~~~~~~~~~~~~~~~~"u8))];
        idAt = [.. sends.Select(static send => send.Find("````````````````"u8))];
    }

    /// <summary>Messages that were acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Messages without an answer.</summary>
    public int UnderWay => underWay.Count;

    /// <summary>What went wrong; null: nothing.</summary>
    public string? Failure { get; private set; }

    /// <summary>Where the times from due to acknowledged are counted.</summary>
    public LatencyHistogram Times { get; set; } = new();

    /// <summary>Has messages sent from now on, to one room after the other.</summary>
    /// <param name="count">How many, at least one.</param>
    /// <param name="rate">How many a second.</param>
    public void Begin(int count, double rate)
    {
        Pace.Begin(loop, rate, (index, due) =>
        {
            Send(index % sends.Length, due);
            return index + 1 < count;
        });
    }

    void IStreamReceiver.OnPayload(RSocketSession from, int stream, ReadOnlySpan<byte> data, bool complete)
    {
        underWay.Remove(stream, out long due);
        Times.Record(ClientLoop.Nanoseconds(due, loop.Now));
        Acknowledged++;
    }

    void IStreamReceiver.OnError(RSocketSession from, int stream, string error)
    {
        underWay.Remove(stream);
        Failure = $"A message was refused: {error}";
    }

    private void Send(int room, long due)
    {
        PreparedRequest send = sends[room];
        EntryHead.WriteStamp(send.Bytes.AsSpan(stampAt[room]), due);
        (firstId + number++).TryFormat(send.Bytes.AsSpan(idAt[room], IdPlace.Length), out _, "x16", CultureInfo.InvariantCulture);
        underWay.Add(session.Request(send, this), due);
    }
}
