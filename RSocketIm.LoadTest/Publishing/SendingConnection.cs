using System.Diagnostics;
using System.Globalization;
using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Publishing;

/// <summary>A connection that keeps so many sends under way: each answer is followed by the next message.</summary>
internal sealed class SendingConnection : IStreamReceiver
{
    private const string IdPlace = "````````````````";

    private readonly ClientLoop loop;
    private readonly RSocketSession session;
    private readonly PreparedRequest send;
    private readonly int idAt;
    private readonly Dictionary<int, long> underWay = [];
    private readonly long firstId = Stopwatch.GetTimestamp();
    private long number;

    /// <summary>Connects.</summary>
    /// <param name="loop">Whose it is to be.</param>
    /// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
    /// <param name="user">A member of the room.</param>
    /// <param name="room">Where to.</param>
    /// <param name="bytes">A text's length.</param>
    public SendingConnection(ClientLoop loop, Uri address, string user, string room, int bytes)
    {
        this.loop = loop;
        session = RSocketSession.Open(loop, address, user);
        session.OnEnd = (_, how) => Failure = $"A sender's connection ended: {how}";
        MessageSend message = new() { Room = room, Id = IdPlace, Text = new string('x', bytes) };
        send = PreparedRequest.Create(session.Socket.Framing, FrameType.RequestResponse, "messages.send", MessageSend.Format.ToArray(DataFormat.MessagePack, message));
        idAt = send.Find("````````````````"u8);
    }

    /// <summary>Messages that were acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Messages without an answer.</summary>
    public int UnderWay => underWay.Count;

    /// <summary>Whether an answer is followed by another message.</summary>
    public bool GoesOn { get; set; }

    /// <summary>What went wrong; null: nothing.</summary>
    public string? Failure { get; private set; }

    /// <summary>Where the times from sent to acknowledged are counted.</summary>
    public LatencyHistogram Times { get; set; } = new();

    /// <summary>Sends the first ones.</summary>
    public void Begin(int inFlight)
    {
        GoesOn = true;
        for (int i = 0; i < inFlight; i++)
        {
            SendNext();
        }
    }

    void IStreamReceiver.OnPayload(RSocketSession from, int stream, ReadOnlySpan<byte> data, bool complete)
    {
        underWay.Remove(stream, out long sent);
        Times.Record(ClientLoop.Nanoseconds(sent, loop.Now));
        Acknowledged++;
        if (GoesOn)
        {
            SendNext();
        }
    }

    void IStreamReceiver.OnError(RSocketSession from, int stream, string error)
    {
        underWay.Remove(stream);
        Failure = $"A message was refused: {error}";
    }

    private void SendNext()
    {
        (firstId + number++).TryFormat(send.Bytes.AsSpan(idAt, IdPlace.Length), out _, "x16", CultureInfo.InvariantCulture);
        underWay.Add(session.Request(send, this), loop.Now);
    }
}
