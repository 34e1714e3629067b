namespace RSocketIm.Protocol.Connections;

/// <summary>What became of the resumable sessions of a server so far, and what they cost now.</summary>
public sealed class ResumeStatistics
{
    private readonly long[] refused = new long[Enum.GetValues<ResumeRefusal>().Length];
    private long resumed;
    private long lost;
    private long evicted;
    private long expired;
    private long retainedBytes;
    private int detached;

    internal ResumeStatistics()
    {
    }

    /// <summary>Times a session went on over another transport.</summary>
    public long Resumed => Volatile.Read(ref resumed);

    /// <summary>Sessions that can no longer be resumed although their connection goes on, for they held too much, or their peer counts otherwise.</summary>
    public long Lost => Volatile.Read(ref lost);

    /// <summary>Sessions without a transport that ended early because memory was short or there were too many.</summary>
    public long Evicted => Volatile.Read(ref evicted);

    /// <summary>Sessions that nobody resumed in time.</summary>
    public long Expired => Volatile.Read(ref expired);

    /// <summary>Bytes of buffers that hold unacknowledged frames now.</summary>
    public long RetainedBytes => Volatile.Read(ref retainedBytes);

    /// <summary>Sessions without a transport now.</summary>
    public int Detached => Volatile.Read(ref detached);

    /// <summary>RESUMEs that were refused.</summary>
    /// <param name="reason">For this reason.</param>
    public long Refused(ResumeRefusal reason) => Volatile.Read(ref refused[(int)reason]);

    internal void CountResumed() => Interlocked.Increment(ref resumed);

    internal void CountLost() => Interlocked.Increment(ref lost);

    internal void CountEvicted() => Interlocked.Increment(ref evicted);

    internal void CountExpired() => Interlocked.Increment(ref expired);

    internal void CountRefused(ResumeRefusal reason) => Interlocked.Increment(ref refused[(int)reason]);

    internal long AddRetained(long bytes) => Interlocked.Add(ref retainedBytes, bytes);

    internal void SetDetached(int count) => Volatile.Write(ref detached, count);
}
