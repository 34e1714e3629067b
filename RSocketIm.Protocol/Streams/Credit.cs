namespace RSocketIm.Protocol.Streams;

/// <summary>How many payloads may still go one way on one stream.</summary>
/// <remarks>
/// Mutable struct, not thread-safe: a field of its stream half, touched only under the connection's gate.
/// Spec: Protocol.md, "Reactive Streams Semantics": grants add up and are never taken back.
/// </remarks>
internal struct Credit
{
    // long, not int: two grants of 2^31-1 are legal and must add up.
    private long granted;
    private long available;

    /// <summary>What is left; <see cref="long.MaxValue"/> once unbounded.</summary>
    public readonly long Available => available;

    /// <summary>Whether all grants together reached 2^31-1, after which no grant is needed any more.</summary>
    /// <remarks>
    /// The spec knows no "unbounded". rsocket-java uses 2^31-1 for it, and stops sending REQUEST_N for good once its grants
    /// add up to that (rsocket-java#1110), so a responder that kept counting would fall silent after 2^31-1 payloads. It is
    /// safe to let go here because the connection's byte budget still holds.
    /// </remarks>
    public readonly bool IsUnbounded => granted >= int.MaxValue;

    /// <summary>All grants together, 0..2^31-1; that many stands for "unbounded".</summary>
    public readonly long Granted => granted;

    /// <summary>Adds credit.</summary>
    /// <param name="n">Payloads, 0..2^31-1.</param>
    public void Grant(int n)
    {
        granted += n; // cannot overflow: it stops counting at 2^31-1
        if (granted >= int.MaxValue)
        {
            granted = int.MaxValue;
            available = long.MaxValue;
        }
        else
        {
            available += n;
        }
    }

    /// <summary>Takes credit for payloads that were sent or received.</summary>
    /// <param name="n">Payloads, 0..<see cref="Available"/>.</param>
    public void Spend(long n)
    {
        if (!IsUnbounded)
        {
            available -= n;
        }
    }

    /// <summary>Takes credit for one payload, if there is any.</summary>
    public bool TrySpend()
    {
        if (available == 0)
        {
            return false;
        }

        Spend(1);
        return true;
    }
}
