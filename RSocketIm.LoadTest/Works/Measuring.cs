using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Peers;

namespace RSocketIm.LoadTest.Works;

/// <summary>The part of a work that counts: everything goes on as it began, for the time of the warm-up and then for the time that is measured.</summary>
internal static class Measuring
{
    // After the server was asked for its allocations, meanwhile the loop stood still: what waited in sockets is taken, and not counted as late.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs the loop for both times.</summary>
    /// <param name="loop">Drives the work, which has begun.</param>
    /// <param name="peer">Whose processor time and allocations count.</param>
    /// <param name="time">How long.</param>
    /// <param name="times">Where the work puts its times; those of the warm-up are cleared.</param>
    /// <param name="violations">Where it puts its complaints.</param>
    /// <param name="done">Operations so far.</param>
    /// <param name="stopping">Ctrl-C.</param>
    public static async Task<Measurement> RunAsync(
        ClientLoop loop, Peer peer, WorkTime time, LatencyHistogram times, List<string> violations, Func<long> done, CancellationToken stopping)
    {
        loop.RunFor(time.WarmUp, stopping);
        double? allocatedBefore = await peer.ReadAllocatedAsync().ConfigureAwait(false);
        long doneBefore = done();
        loop.RunFor(Settling, stopping);
        times.Clear();
        long before = done();
        long started = loop.Now;
        Meter meter = new(peer.ProcessId);
        loop.RunFor(time.Measured, stopping);
        meter.Stop();
        TimeSpan taken = TimeSpan.FromMicroseconds(ClientLoop.Nanoseconds(started, loop.Now) / 1e3);
        long counted = done() - before;
        double? allocated = await peer.ReadAllocatedAsync().ConfigureAwait(false) - allocatedBefore;
        return Measurement.Of(counted, taken, meter, times, violations) with { AllocatedBytes = allocated / (done() - doneBefore) };
    }
}
