using System.Diagnostics.CodeAnalysis;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>The lease this side holds as a requester, and the requests that wait for the next.</summary>
/// <remarks>Guarded by the connection's gate. Spec: Protocol.md, "Lease Semantics": the last LEASE overrides all before it.</remarks>
internal sealed class LeaseHolder(TimeProvider time)
{
    private readonly Queue<ProtocolStream> waiting = new();
    private long receivedAt;
    private long timeToLiveMilliseconds;
    private int left;

    private bool HasOne => left > 0 && time.GetElapsedTime(receivedAt).TotalMilliseconds < timeToLiveMilliseconds;

    public void Renew(int requests, int timeToLive)
    {
        left = requests;
        timeToLiveMilliseconds = timeToLive;
        receivedAt = time.GetTimestamp();
    }

    /// <summary>Leases end with the link they came on; who waits goes on waiting for the next.</summary>
    public void Forget() => left = 0;

    /// <summary>Takes one request's worth, or puts the stream in line for it.</summary>
    public bool TryTake(ProtocolStream stream)
    {
        if (waiting.Count == 0 && HasOne)
        {
            left--;
            return true;
        }

        waiting.Enqueue(stream);
        return false;
    }

    /// <summary>Takes one request's worth for the stream that has waited longest.</summary>
    public bool TryTakeWaiting([NotNullWhen(true)] out ProtocolStream? stream)
    {
        while (waiting.TryPeek(out stream))
        {
            if (stream.IsEnded)
            {
                waiting.Dequeue(); // cancelled while it waited: it needs no lease
                continue;
            }

            if (!HasOne)
            {
                return false;
            }

            left--;
            waiting.Dequeue();
            return true;
        }

        return false;
    }
}
