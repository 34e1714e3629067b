using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Peers;

/// <summary>What is the same with every RSocket server: a subscription is a stream whose credit is refilled in halves.</summary>
internal abstract class RSocketConnection : PeerConnection, IStreamReceiver
{
    /// <summary>Credit of a subscription.</summary>
    public const int Credit = 256;

    private PreparedRequest? echo;
    private int echoNumber;
    private int feed;
    private int received;

    protected RSocketConnection(RSocketSession session, ITextReceiver receiver)
        : base(receiver) => Session = session;

    protected RSocketSession Session { get; }

    protected override LoadSocket Socket => Session.Socket;

    public override void PrepareEcho(int bytes)
    {
        echo = PreparedRequest.Create(Socket.Framing, FrameType.RequestResponse, "system.echo", NumberedText.Create(bytes));
        echoNumber = echo.Bytes.Length - bytes;
    }

    public override void Echo(int number)
    {
        NumberedText.Write(echo!.Bytes.AsSpan(echoNumber), number);
        Session.Request(echo, this);
    }

    void IStreamReceiver.OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete)
    {
        if (stream == feed)
        {
            if (++received == Credit / 2)
            {
                received = 0;
                session.RequestN(feed, Credit / 2);
            }

            if (!TryDeliver(data))
            {
                OnFeedWithoutText();
            }
        }
        else if (!TryDeliver(data))
        {
            OnAnswer(stream, data);
        }
    }

    void IStreamReceiver.OnError(RSocketSession session, int stream, string error) => throw Unexpected(error);

    /// <summary>Asks for the stream of a room.</summary>
    protected void Subscribe(string route, ReadOnlySpan<byte> data) =>
        feed = Session.Request(PreparedRequest.Create(Socket.Framing, FrameType.RequestStream, route, data, Credit), this);

    /// <summary>Something else in the stream of a room: who joined, or a greeting.</summary>
    protected virtual void OnFeedWithoutText()
    {
    }

    /// <summary>An answer without a text.</summary>
    protected abstract void OnAnswer(int stream, ReadOnlySpan<byte> data);
}
