using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Peers;

namespace RSocketIm.Tests.LoadTest.Works;

/// <summary>A peer without a network that delivers what it is sent, except where a test has it do otherwise.</summary>
/// <param name="deliver">What a connection gets instead of a number that is meant for it.</param>
internal sealed class FaultyPeer(Func<int, int, int[]> deliver) : Peer
{
    private readonly List<Connection> connections = [];

    public override string Name => "faulty";

    public override int ProcessId => Environment.ProcessId;

    public override PeerConnection Connect(ClientLoop loop, int index, ITextReceiver receiver)
    {
        Connection connection = new(this, loop, receiver) { Index = index };
        connections.Add(connection);
        return connection;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Deliver(Connection connection, int number)
    {
        foreach (int instead in deliver(connection.Index, number))
        {
            connection.Take(instead);
        }
    }

    private sealed class Connection(FaultyPeer peer, ClientLoop loop, ITextReceiver receiver) : PeerConnection(receiver)
    {
        private bool subscribed;

        protected override LoadSocket Socket => throw new InvalidOperationException("There is no network.");

        public override void Join(string room) => subscribed = true;

        public override void PrepareEcho(int bytes)
        {
        }

        public override void Echo(int number) => loop.At(loop.Now + 1, () => peer.Deliver(this, number));

        public override void PreparePublish(string room, int bytes)
        {
        }

        public override void Publish(int number) => loop.At(loop.Now + 1, () =>
        {
            Acknowledged++;
            foreach (Connection subscriber in peer.connections.Where(static connection => connection.subscribed))
            {
                peer.Deliver(subscriber, number);
            }
        });

        public void Take(int number)
        {
            byte[] text = NumberedText.Create(NumberedText.MinLength);
            NumberedText.Write(text, number);
            Deliver(text);
        }
    }
}
