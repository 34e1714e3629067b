using System.Text;
using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Peers;

/// <summary>A guest of RSocketIm.</summary>
internal sealed class RSocketImConnection : RSocketConnection
{
    private const string IdMarker = "idididid";

    private PreparedRequest? send;
    private int idNumber;
    private int textNumber;

    public RSocketImConnection(ClientLoop loop, Uri address, ITextReceiver receiver)
        : base(RSocketSession.Open(loop, address, $"load{loop.Count}"), receiver)
    {
        // An answer to anything means that SETUP was accepted.
        Outstanding = 1;
        Session.Request(PreparedRequest.Create(Socket.Framing, FrameType.RequestResponse, "system.whoami", [0x80]), this);
    }

    // From the first entry on: what is sent before the feed begins is not missed. What others have sent before must not be there, so each load has rooms of its own.
    public override void Join(string room) => Subscribe("rooms.feed", FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = room, After = 1 }));

    /// <summary>Becomes a member of a room, and reads it with all others in the stream that a page has open.</summary>
    public void JoinInbox(string room)
    {
        Subscribe("inbox.feed", InboxRequest.Format.ToArray(DataFormat.MessagePack, new InboxRequest()));
        BecomeMember(room);
    }

    public override void PreparePublish(string room, int bytes)
    {
        BecomeMember(room);
        byte[] message = MessageSend.Format.ToArray(
            DataFormat.MessagePack, new MessageSend { Room = room, Id = IdMarker, Text = Encoding.ASCII.GetString(NumberedText.Create(bytes)) });
        send = PreparedRequest.Create(Socket.Framing, FrameType.RequestResponse, "messages.send", message);
        idNumber = send.Find(Encoding.ASCII.GetBytes(IdMarker));
        textNumber = send.Find(NumberedText.Create(bytes));
    }

    public override void Publish(int number)
    {
        NumberedText.Write(send!.Bytes.AsSpan(idNumber), number);
        NumberedText.Write(send.Bytes.AsSpan(textNumber), number);
        Session.Request(send, this);
    }

    protected override void OnAnswer(int stream, ReadOnlySpan<byte> data)
    {
        // Nothing is published before all that was asked for has been answered.
        if (Outstanding > 0)
        {
            Outstanding--;
        }
        else
        {
            Acknowledged++;
        }
    }

    private void BecomeMember(string room)
    {
        Outstanding++;
        byte[] join = RoomRef.Format.ToArray(DataFormat.MessagePack, new RoomRef { Room = room });
        Session.Request(PreparedRequest.Create(Socket.Framing, FrameType.RequestResponse, "rooms.join", join), this);
    }
}
