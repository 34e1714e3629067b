using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Peers;

/// <summary>The same streams to a server on rsocket-js, which has no rooms of its own: it knows a route for each work.</summary>
internal sealed class RSocketJsConnection : RSocketConnection
{
    private PreparedRequest? publish;
    private int number;

    public RSocketJsConnection(ClientLoop loop, Uri address, ITextReceiver receiver)
        : base(RSocketSession.Open(loop, address, "application/octet-stream", user: null), receiver)
    {
    }

    public override void Join(string room)
    {
        Outstanding++;
        Subscribe("subscribe", []);
    }

    public override void PreparePublish(string room, int bytes)
    {
        publish = PreparedRequest.Create(Socket.Framing, FrameType.RequestResponse, "publish", NumberedText.Create(bytes));
        number = publish.Bytes.Length - bytes;
    }

    public override void Publish(int number)
    {
        NumberedText.Write(publish!.Bytes.AsSpan(this.number), number);
        Session.Request(publish, this);
    }

    protected override void OnAnswer(int stream, ReadOnlySpan<byte> data) => Acknowledged++;

    protected override void OnFeedWithoutText() => Outstanding--;
}
