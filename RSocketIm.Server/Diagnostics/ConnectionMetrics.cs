using System.Diagnostics.Metrics;

namespace RSocketIm.Server.Diagnostics;

/// <summary>What happens to connections: meter <c>RSocketIm.Connections</c>.</summary>
internal sealed class ConnectionMetrics
{
    private readonly Counter<long> refused;
    private readonly Counter<long> accepted;
    private long open;

    public ConnectionMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create("RSocketIm.Connections");
        accepted = meter.CreateCounter<long>("rsocketim.connections.accepted", description: "Connections whose SETUP was accepted.");
        refused = meter.CreateCounter<long>("rsocketim.connections.refused", description: "Connections whose SETUP was refused: formats, credentials.");
        meter.CreateObservableGauge("rsocketim.connections", () => Volatile.Read(ref open), description: "Signed-in connections that are open.");
    }

    public void Opened()
    {
        accepted.Add(1);
        Interlocked.Increment(ref open);
    }

    public void Closed() => Interlocked.Decrement(ref open);

    public void Refused() => refused.Add(1);
}
