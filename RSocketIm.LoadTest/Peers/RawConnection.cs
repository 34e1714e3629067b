using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Peers;

/// <summary>WebSocket messages that are nothing but a text.</summary>
/// <param name="loop">Whose it is to be.</param>
/// <param name="address">Of the server.</param>
/// <param name="paths">Where it echoes, takes subscribers and takes what they are to get.</param>
/// <param name="receiver">Who takes the texts.</param>
internal sealed class RawConnection(ClientLoop loop, Uri address, (string Echo, string Subscribe, string Publish) paths, ITextReceiver receiver) : PeerConnection(receiver), IMessageReceiver
{
    private LoadSocket? socket;
    private byte[] prepared = [];
    private int number;

    protected override LoadSocket Socket => socket!;

    public override void Join(string room) => Connect(paths.Subscribe);

    public override void PrepareEcho(int bytes) => Prepare(paths.Echo, bytes);

    public override void Echo(int number) => Send(number);

    public override void PreparePublish(string room, int bytes) => Prepare(paths.Publish, bytes);

    public override void Publish(int number) => Send(number);

    void IMessageReceiver.OnMessage(LoadSocket socket, ReadOnlySpan<byte> message)
    {
        // The server says one byte when it has taken a connection in.
        if (message.Length == 1)
        {
            Outstanding--;
        }
        else
        {
            Deliver(message);
        }
    }

    void IMessageReceiver.OnClosed(LoadSocket socket, string reason) => throw Unexpected(reason);

    private void Connect(string path)
    {
        Outstanding++;
        socket = loop.ConnectWebSocket(new Uri(address, path), text: false, subprotocol: null, this);
    }

    private void Prepare(string path, int bytes)
    {
        Connect(path);
        prepared = Socket.Framing.Wrap(NumberedText.Create(bytes));
        number = prepared.Length - bytes;
    }

    private void Send(int value)
    {
        NumberedText.Write(prepared.AsSpan(number), value);
        Socket.Write(prepared);

        // Nobody confirms anything here; what counts is what arrives.
        Acknowledged++;
    }
}
