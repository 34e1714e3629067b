using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Peers;

namespace RSocketIm.LoadTest.Works;

/// <summary>Opens the connections of a load.</summary>
internal static class Connecting
{
    // Some servers look for new connections only every 100 ms, others stop accepting while many that they let in have not yet said who they are.
    private const int AtOnce = 250;

    /// <summary>Connects so many, a few at a time, and waits until all are ready.</summary>
    /// <param name="loop">Whose they are to be.</param>
    /// <param name="peer">To whom.</param>
    /// <param name="count">How many.</param>
    /// <param name="receiver">Who takes their texts.</param>
    /// <param name="prepare">Has each do what it is for.</param>
    /// <param name="patience">What a few may take.</param>
    /// <param name="stopping">Ends it.</param>
    /// <exception cref="TimeoutException">They did not become ready.</exception>
    public static PeerConnection[] Open(
        ClientLoop loop, Peer peer, int count, ITextReceiver receiver, Action<PeerConnection> prepare, TimeSpan patience, CancellationToken stopping)
    {
        PeerConnection[] all = new PeerConnection[count];
        for (int begin = 0; begin < count; begin += AtOnce)
        {
            int end = Math.Min(count, begin + AtOnce);
            for (int i = begin; i < end; i++)
            {
                all[i] = peer.Connect(loop, i, receiver);
                prepare(all[i]);
            }

            if (!loop.Run(() => all[begin..end].All(static connection => connection.IsReady), patience, stopping))
            {
                throw new TimeoutException($"{peer.Name}: connections {begin} to {end - 1} did not become ready.");
            }
        }

        return all;
    }
}
