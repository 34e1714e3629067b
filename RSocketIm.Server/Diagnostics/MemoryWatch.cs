namespace RSocketIm.Server.Diagnostics;

/// <summary>Looks at the process's memory once a second and says when there is too little left for anybody new.</summary>
/// <remarks>
/// What is used may be garbage, so the first sample above the mark has it collected in the background, and only the second
/// one in a row counts. Nobody is let in again before a tenth of the mark is free: at the edge itself the answer would
/// change with every sample.
/// </remarks>
internal sealed class MemoryWatch : IDisposable
{
    /// <summary>Time between two samples.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A collection in the background costs processor time in proportion to what lives; so not with every sample.
    private const int SamplesPerCollection = 10;

    private readonly MemoryMeasure measure;
    private readonly ILogger<MemoryWatch> log;
    private readonly ITimer? timer;
    private int samplesAbove;
    private volatile bool isShort;

    /// <summary>Begins to watch.</summary>
    /// <param name="mark">Bytes that may be used; 0: no mark, and never short.</param>
    /// <param name="measure">Bytes used now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where a change is told.</param>
    public MemoryWatch(long mark, MemoryMeasure measure, TimeProvider time, ILogger<MemoryWatch> log)
    {
        Mark = mark;
        this.measure = measure;
        this.log = log;
        timer = mark > 0 ? time.CreateTimer(_ => Sample(), null, Interval, Interval) : null;
    }

    /// <summary>Bytes above which nobody new is let in; 0: none.</summary>
    public long Mark { get; }

    /// <summary>Whether memory is short.</summary>
    public bool IsShort => isShort;

    public void Dispose() => timer?.Dispose();

    /// <summary>The lower of what is given, in bytes; 0 when neither is.</summary>
    /// <param name="bytes">An absolute mark; 0: none.</param>
    /// <param name="percent">A share of <paramref name="available"/>; 0: none.</param>
    /// <param name="available">What the process may have.</param>
    public static long MarkOf(long bytes, int percent, long available)
    {
        long share = percent == 0 ? long.MaxValue : (long)(available * (percent / 100.0));
        long mark = Math.Min(bytes == 0 ? long.MaxValue : bytes, share);
        return mark == long.MaxValue ? 0 : Math.Max(1, mark);
    }

    private void Sample()
    {
        long used = measure();
        if (used > (isShort ? Mark - (Mark / 10) : Mark))
        {
            if (samplesAbove++ % SamplesPerCollection == 0)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            }

            if (!isShort && samplesAbove > 1)
            {
                isShort = true;
                log.MemoryShort(used, Mark);
            }

            return;
        }

        samplesAbove = 0;
        if (isShort)
        {
            isShort = false;
            log.MemoryEnough(used, Mark);
        }
    }
}
