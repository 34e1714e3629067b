namespace RSocketIm.LoadTest.Works;

/// <summary>Percentiles of a time, in microseconds.</summary>
internal sealed record Latency(double P50, double P99, double P999, double Max);
