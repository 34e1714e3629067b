namespace RSocketIm.LoadTest.Backpressure;

/// <summary>What a run saw.</summary>
/// <param name="Load">What it did.</param>
/// <param name="Feeds">Feeds that were open.</param>
/// <param name="Messages">Messages that were acknowledged.</param>
/// <param name="Payloads">Payloads that came, over all feeds.</param>
/// <param name="Parts">How it went, part by part.</param>
/// <param name="FullSockets">Of the sockets that nobody read, how many the server could write no more to; null where the system does not tell.</param>
/// <param name="UnreadSockets">How many sockets nobody read.</param>
/// <param name="CatchUpSeconds">What the stalled readers needed to have what they had missed; null: they did not get it.</param>
/// <param name="Memory">What stalled feeds cost; null where it cannot be had.</param>
/// <param name="Samples">Memory over time.</param>
/// <param name="BrokenCount">Promises broken.</param>
/// <param name="Broken">The first of them.</param>
internal sealed record BackpressureReport(
    BackpressureLoad Load,
    int Feeds,
    long Messages,
    long Payloads,
    IReadOnlyList<BackpressurePart> Parts,
    int? FullSockets,
    int UnreadSockets,
    double? CatchUpSeconds,
    StallMemory? Memory,
    IReadOnlyList<BackpressureSample> Samples,
    int BrokenCount,
    IReadOnlyList<BrokenPromise> Broken)
{
    /// <summary>How many of the first broken promises were of a kind.</summary>
    public int CountOf(PromiseCheck check) => Broken.Count(promise => promise.Check == check);
}
