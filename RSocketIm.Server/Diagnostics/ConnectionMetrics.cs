using System.Diagnostics.Metrics;
using RSocketIm.Protocol.Connections;

namespace RSocketIm.Server.Diagnostics;

/// <summary>What happens to connections: meter <c>RSocketIm.Connections</c>.</summary>
internal sealed class ConnectionMetrics
{
    private readonly Meter meter;
    private readonly Counter<long> refused;
    private readonly Counter<long> accepted;
    private long open;

    public ConnectionMetrics(IMeterFactory meters)
    {
        meter = meters.Create("RSocketIm.Connections");
        accepted = meter.CreateCounter<long>("rsocketim.connections.accepted", description: "Connections whose SETUP was accepted.");
        refused = meter.CreateCounter<long>("rsocketim.connections.refused", description: "Connections whose SETUP was refused: formats, credentials.");
        meter.CreateObservableGauge("rsocketim.connections", () => Volatile.Read(ref open), description: "Signed-in connections that are open, of RSocket and of JSON over WebSocket.");
    }

    public void Opened()
    {
        accepted.Add(1);
        Interlocked.Increment(ref open);
    }

    public void Closed() => Interlocked.Decrement(ref open);

    public void Refused() => refused.Add(1);

    /// <summary>Has what happens to resumable sessions measured, too.</summary>
    public void Observe(ResumeStatistics sessions)
    {
        meter.CreateObservableCounter("rsocketim.resume.resumed", () => sessions.Resumed, description: "Sessions that went on over another transport.");
        meter.CreateObservableCounter("rsocketim.resume.refused", () => Refused(sessions), description: "RESUMEs that were refused, by reason.");
        meter.CreateObservableCounter("rsocketim.resume.lost", () => sessions.Lost, description: "Sessions that cannot be resumed any more although their connection goes on.");
        meter.CreateObservableCounter("rsocketim.resume.evicted", () => sessions.Evicted, description: "Sessions without a transport that ended early because there were too many, or memory was short.");
        meter.CreateObservableCounter("rsocketim.resume.expired", () => sessions.Expired, description: "Sessions that nobody resumed in time.");
        meter.CreateObservableGauge("rsocketim.resume.detached", () => sessions.Detached, description: "Sessions without a transport.");
        meter.CreateObservableGauge("rsocketim.resume.retained", () => sessions.RetainedBytes, "By", "Buffers that hold unacknowledged frames.");
    }

    private static IEnumerable<Measurement<long>> Refused(ResumeStatistics sessions) =>
        Enum.GetValues<ResumeRefusal>().Select(reason =>
            new Measurement<long>(sessions.Refused(reason), new KeyValuePair<string, object?>("reason", reason.ToString().ToLowerInvariant())));
}
