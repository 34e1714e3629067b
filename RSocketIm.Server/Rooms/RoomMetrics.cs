using System.Diagnostics.Metrics;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Rooms;

/// <summary>What the commit loop and the feeds count: meter <c>RSocketIm.Rooms</c>.</summary>
internal sealed class RoomMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly LimitMetrics? limits;
    private readonly Counter<long> commits;
    private readonly Counter<long> failures;
    private readonly Counter<long> entries;
    private readonly Histogram<int> batchSize;
    private readonly Histogram<double> commitSeconds;
    private readonly Counter<long> wakeUps;
    private readonly Counter<long> blockReads;
    private long openFeeds;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from; null for a meter of its own.</param>
    /// <param name="limits">Counts what found a bound; null: nobody does.</param>
    public RoomMetrics(IMeterFactory? meters = null, LimitMetrics? limits = null)
    {
        this.limits = limits;
        meter = meters?.Create("RSocketIm.Rooms") ?? new Meter("RSocketIm.Rooms");
        commits = meter.CreateCounter<long>("rsocketim.commits", description: "Commits that reached the store.");
        failures = meter.CreateCounter<long>("rsocketim.commit.failures", description: "Commits the store refused.");
        entries = meter.CreateCounter<long>("rsocketim.entries", description: "Entries committed.");
        batchSize = meter.CreateHistogram<int>("rsocketim.commit.commands", description: "Commands a commit.");
        commitSeconds = meter.CreateHistogram<double>("rsocketim.commit.duration", "s", "Time the store took for a commit.");
        wakeUps = meter.CreateCounter<long>("rsocketim.feed.wakeups", description: "Parked feeds woken by a commit.");
        blockReads = meter.CreateCounter<long>("rsocketim.feed.block_reads", description: "Blocks read from the store for lagging feeds.");
        meter.CreateObservableGauge("rsocketim.tail.bytes", () => TailBytes, "By", "Newest entries of all rooms in memory.");
        meter.CreateObservableGauge("rsocketim.feeds", () => Volatile.Read(ref openFeeds), description: "Open room feeds.");
    }

    /// <summary>Bytes of all tails, as of the last commit.</summary>
    public long TailBytes
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Room feeds that are open now.</summary>
    public long OpenFeeds => Volatile.Read(ref openFeeds);

    /// <summary>A commit is durable.</summary>
    public void Committed(int commands, int entryCount, TimeSpan duration)
    {
        commits.Add(1);
        entries.Add(entryCount);
        batchSize.Record(commands);
        commitSeconds.Record(duration.TotalSeconds);
    }

    /// <summary>A commit failed.</summary>
    public void CommitFailed() => failures.Add(1);

    /// <summary>A command waits for room in the queue of the next commit.</summary>
    public void QueueFull() => limits?.Hit(ServerLimit.CommitQueueBytes);

    /// <summary>Feeds were woken.</summary>
    public void Woken(int feeds)
    {
        if (feeds > 0)
        {
            wakeUps.Add(feeds);
        }
    }

    /// <summary>A block was asked of the store.</summary>
    public void BlockRead() => blockReads.Add(1);

    /// <summary>A feed opened.</summary>
    public void FeedOpened() => Interlocked.Increment(ref openFeeds);

    /// <summary>A feed closed.</summary>
    public void FeedClosed() => Interlocked.Decrement(ref openFeeds);

    /// <inheritdoc />
    public void Dispose() => meter.Dispose();
}
