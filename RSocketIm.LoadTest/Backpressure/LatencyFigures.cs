using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>Times in milliseconds, from when a message was due to be sent.</summary>
internal sealed record LatencyFigures(long Count, double P50, double P99, double P999, double Max)
{
    public static LatencyFigures Of(LatencyHistogram times) =>
        new(times.Count, times.Percentile(0.5) / 1e6, times.Percentile(0.99) / 1e6, times.Percentile(0.999) / 1e6, times.Max / 1e6);
}
