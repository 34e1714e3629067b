using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Works;

/// <summary>Percentiles of a time, in microseconds.</summary>
internal sealed record Latency(double P50, double P99, double P999, double Max)
{
    /// <summary>Those of times that were counted.</summary>
    public static Latency Of(LatencyHistogram times) => new(times.Percentile(0.5) / 1e3, times.Percentile(0.99) / 1e3, times.Percentile(0.999) / 1e3, times.Max / 1e3);
}
