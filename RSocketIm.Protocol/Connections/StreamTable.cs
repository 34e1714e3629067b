using System.Diagnostics.CodeAnalysis;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>The open streams of a connection by id, and the ids this side gives to its own.</summary>
/// <remarks>Guarded by the connection's gate. Spec: Protocol.md, "Stream Identifiers".</remarks>
/// <param name="isClient">A client's ids are odd, a server's even.</param>
internal sealed class StreamTable(bool isClient)
{
    private readonly Dictionary<int, ProtocolStream> streams = [];
    private uint nextId = isClient ? 1u : 2u;

    public int Count => streams.Count;

    /// <summary>The streams that the peer opened; what this side opened does not count against the peer's limit.</summary>
    public int PeerCount { get; private set; }

    /// <summary>The peer's requests that have come in part: streams to be, which count like open ones.</summary>
    public int Arriving { get; set; }

    public IEnumerable<ProtocolStream> All => streams.Values;

    /// <summary>Whether the peer may open a stream under this id: its own parity, not the connection's 0.</summary>
    public bool IsPeerId(int streamId) => streamId != 0 && (streamId & 1) == (isClient ? 0 : 1);

    public bool TryGet(int streamId, [NotNullWhen(true)] out ProtocolStream? stream) => streams.TryGetValue(streamId, out stream);

    public bool Contains(int streamId) => streams.ContainsKey(streamId);

    public void Add(int streamId, ProtocolStream stream)
    {
        streams.Add(streamId, stream);
        PeerCount += IsPeerId(streamId) ? 1 : 0;
    }

    public void Remove(int streamId)
    {
        if (streams.Remove(streamId) && IsPeerId(streamId))
        {
            PeerCount--;
        }
    }

    /// <summary>The next free id of this side; after 2^31-1 it starts again and skips those in use.</summary>
    public int NextId()
    {
        while (true)
        {
            int id = (int)nextId;
            nextId = nextId + 2 > int.MaxValue ? (isClient ? 1u : 2u) : nextId + 2;
            if (!streams.ContainsKey(id))
            {
                return id;
            }
        }
    }

    /// <summary>Continues from a given id; for tests of the wrap-around.</summary>
    internal void ContinueAt(int id) => nextId = (uint)id;
}
