using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Peers;

/// <summary>A server that the tool starts as a process of its own and speaks to in its own protocol.</summary>
internal abstract class Peer : IAsyncDisposable
{
    /// <summary>As in the tables.</summary>
    public abstract string Name { get; }

    /// <summary>Whose processor time and memory count.</summary>
    public abstract int ProcessId { get; }

    /// <summary>Whether it does this work.</summary>
    public virtual bool Does(PeerWork work) => true;

    /// <summary>Makes what connections of a load will use: rooms, for example.</summary>
    /// <param name="loop">To speak to it.</param>
    /// <param name="rooms">Names.</param>
    /// <param name="stopping">Ends it.</param>
    public virtual void Prepare(ClientLoop loop, IReadOnlyList<string> rooms, CancellationToken stopping)
    {
    }

    /// <summary>Connects; ready when <see cref="PeerConnection.IsReady"/> says so.</summary>
    public abstract PeerConnection Connect(ClientLoop loop, int index, ITextReceiver receiver);

    /// <summary>Bytes of managed memory allocated so far; null where nobody tells.</summary>
    public virtual Task<double?> ReadAllocatedAsync() => Task.FromResult<double?>(null);

    public abstract ValueTask DisposeAsync();
}
