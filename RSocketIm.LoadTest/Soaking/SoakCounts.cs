using System.Collections.Concurrent;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>What all users did, and what they saw that must not be. Any thread.</summary>
internal sealed class SoakCounts
{
    private const int MaxViolations = 20;

    private long connects;
    private long cuts;
    private long joins;
    private long sends;
    private long reads;
    private long feedsEnded;
    private long failures;

    public ConcurrentQueue<string> Violations { get; } = new();

    public long Connects => Volatile.Read(ref connects);

    public long Cuts => Volatile.Read(ref cuts);

    public long Joins => Volatile.Read(ref joins);

    public long Sends => Volatile.Read(ref sends);

    public long Reads => Volatile.Read(ref reads);

    public long FeedsEnded => Volatile.Read(ref feedsEnded);

    public long Failures => Volatile.Read(ref failures);

    public void Connected() => Interlocked.Increment(ref connects);

    public void Cut() => Interlocked.Increment(ref cuts);

    public void Joined() => Interlocked.Increment(ref joins);

    public void Sent() => Interlocked.Increment(ref sends);

    public void Read() => Interlocked.Increment(ref reads);

    public void FeedEnded() => Interlocked.Increment(ref feedsEnded);

    /// <summary>An operation was refused or lost its connection; it is tried again on the next one.</summary>
    public void Failed() => Interlocked.Increment(ref failures);

    public void Violate(string what)
    {
        if (Violations.Count < MaxViolations)
        {
            Violations.Enqueue(what);
        }
    }
}
