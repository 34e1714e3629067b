using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Works;

/// <summary>What one work on one server came to, in one round.</summary>
internal sealed record Measurement
{
    /// <summary>Operations that were counted: requests answered, messages delivered.</summary>
    public required long Operations { get; init; }

    /// <summary>Per second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Processor time of the server for an operation, in microseconds; null when its process is not known.</summary>
    public required double? ServerMicroseconds { get; init; }

    /// <summary>Processor time of this tool for an operation, in microseconds.</summary>
    public required double ClientMicroseconds { get; init; }

    /// <summary>Managed bytes that the server allocated for an operation; null when it does not tell.</summary>
    public double? AllocatedBytes { get; init; }

    /// <summary>Times from the intended send to the arrival, in microseconds.</summary>
    public required Latency Latency { get; init; }

    /// <summary>What was lost, came twice or in another order. Empty when all is well.</summary>
    public required IReadOnlyList<string> Violations { get; init; }

    /// <summary>Of the measured part of a work.</summary>
    public static Measurement Of(long operations, TimeSpan taken, Meter meter, LatencyHistogram times, IReadOnlyList<string> violations) => new()
    {
        Operations = operations,
        PerSecond = operations / taken.TotalSeconds,
        ServerMicroseconds = meter.Server is { } server ? server.TotalMicroseconds / operations : null,
        ClientMicroseconds = meter.Client.TotalMicroseconds / operations,
        Latency = Latency.Of(times),
        Violations = violations,
    };
}
