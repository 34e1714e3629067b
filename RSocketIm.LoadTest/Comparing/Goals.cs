using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Comparing;

/// <summary>What RSocketIm is to reach beside its peers, in one run.</summary>
internal static class Goals
{
    private const string SignalR = "SignalR";
    private const string RawWebSocket = "raw WebSocket";
    private const string Encoded = "raw pre-encoded";
    private const string RSocketJs = "rsocket-js";

    public static IReadOnlyList<Goal> Of(CompareReport report)
    {
        return
        [
            new("fan-out: deliveries per processor second, times SignalR's", 8, true, PerCpuSecond(CompareWork.Fanout, SignalR)),
            new("fan-out: deliveries per second, times SignalR's", 6, true, report.Ratio(CompareWork.Fanout, SignalR, PerSecond)),
            new("fan-out: processor time, times that of the raw pre-encoded broadcast", 2, false, report.Ratio(CompareWork.Fanout, Encoded, Cpu)),
            new("request-response: requests per processor second, times SignalR's", 3.5, true, PerCpuSecond(CompareWork.Echo, SignalR)),
            new("request-response: requests per processor second, times the raw WebSocket echo's", 1.2, true, PerCpuSecond(CompareWork.Echo, RawWebSocket)),
            new("request-response: requests per processor second, times rsocket-js'", 10, true, PerCpuSecond(CompareWork.Echo, RSocketJs)),
            new("one request at a time: p50, times SignalR's", 1, false, report.Ratio(CompareWork.Single, SignalR, static m => m.Latency.P50)),
            new("fan-out at a fixed rate, fsync included: p50, times SignalR's without a disk", 1, false, report.Ratio(CompareWork.Latency, SignalR, static m => m.Latency.P50)),
            new("fan-out at a fixed rate, fsync included: p99, times SignalR's without a disk", 1, false, report.Ratio(CompareWork.Latency, SignalR, static m => m.Latency.P99)),
            new("idle WebSocket connection with a subscription: bytes of server memory", 8 * 1024, false, IdleBytes(CompareReport.Own)),
            new("idle WebSocket connection with a subscription: memory, times SignalR's", 1, false, IdleRatio()),
            new("bytes allocated a delivery", 8, false, report.Of(CompareWork.Fanout, CompareReport.Own, static m => m.AllocatedBytes)),
            new("bytes allocated a request", 8, false, report.Of(CompareWork.Echo, CompareReport.Own, static m => m.AllocatedBytes)),
        ];

        Spread? PerCpuSecond(string work, string peer) => report.Ratio(work, peer, static m => 1 / m.ServerMicroseconds);

        Spread? IdleBytes(string peer) => report.Idle.FirstOrDefault(sample => sample.Peer == peer) is { } sample ? Spread.Of([sample.Measured.BytesEach]) : null;

        Spread? IdleRatio() => IdleBytes(CompareReport.Own) is { } own && IdleBytes(SignalR) is { } other ? Spread.Of([own.Median / other.Median]) : null;
    }

    private static double? PerSecond(Measurement measured) => measured.PerSecond;

    private static double? Cpu(Measurement measured) => measured.ServerMicroseconds;
}
