using System.Text;
using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Peers;

/// <summary>SignalR's JSON protocol over WebSocket, without the negotiation before it.</summary>
internal sealed class SignalRConnection : PeerConnection, IMessageReceiver
{
    private const byte RecordSeparator = 0x1E;

    private byte[] prepared = [];
    private int[] numbers = [];

    public SignalRConnection(ClientLoop loop, Uri address, ITextReceiver receiver)
        : base(receiver)
    {
        Outstanding = 1;
        Socket = loop.ConnectWebSocket(address, text: true, subprotocol: null, this);
        Socket.Write(Record("""{"protocol":"json","version":1}"""));
    }

    protected override LoadSocket Socket { get; }

    public override void Join(string room)
    {
        Outstanding++;
        Socket.Write(Record($$"""{"type":1,"invocationId":"join","target":"Join","arguments":["{{room}}"]}"""));
    }

    public override void PrepareEcho(int bytes) => Prepare($$"""{"type":1,"invocationId":"aaaaaaaa","target":"Echo","arguments":["{{Text(bytes)}}"]}""");

    public override void Echo(int number) => Invoke(number);

    public override void PreparePublish(string room, int bytes) =>
        Prepare($$"""{"type":1,"invocationId":"aaaaaaaa","target":"Send","arguments":["{{room}}","{{Text(bytes)}}"]}""");

    public override void Publish(int number) => Invoke(number);

    void IMessageReceiver.OnMessage(LoadSocket socket, ReadOnlySpan<byte> message)
    {
        while (message.Length > 0)
        {
            int end = message.IndexOf(RecordSeparator);
            if (end < 0)
            {
                throw Unexpected("a record without an end");
            }

            Read(message[..end]);
            message = message[(end + 1)..];
        }
    }

    void IMessageReceiver.OnClosed(LoadSocket socket, string reason) => throw Unexpected(reason);

    private static string Text(int bytes) => Encoding.ASCII.GetString(NumberedText.Create(bytes));

    private void Read(ReadOnlySpan<byte> record)
    {
        if (TryDeliver(record))
        {
            return;
        }

        if (record.SequenceEqual("{}"u8) || record.IndexOf("\"join\""u8) > 0)
        {
            Outstanding--;
        }
        else if (record.IndexOf("\"error\""u8) > 0 || record.StartsWith("{\"type\":7"u8))
        {
            throw Unexpected(Encoding.UTF8.GetString(record));
        }
        else if (record.StartsWith("{\"type\":3"u8))
        {
            Acknowledged++;
        }
    }

    private byte[] Record(string json) => Socket.Framing.Wrap([.. Encoding.UTF8.GetBytes(json), RecordSeparator]);

    private void Prepare(string json)
    {
        prepared = Record(json);
        int id = prepared.AsSpan().IndexOf("aaaaaaaa"u8);
        numbers = [id, id + 8 + prepared.AsSpan(id + 8).IndexOf("aaaaaaaa"u8)];
    }

    private void Invoke(int number)
    {
        foreach (int place in numbers)
        {
            NumberedText.Write(prepared.AsSpan(place), number);
        }

        Socket.Write(prepared);
    }
}
