using System.Diagnostics.Metrics;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>What happens at the door of MQTT: meter <c>RSocketIm.Mqtt</c>.</summary>
internal sealed class MqttMetrics
{
    private readonly Counter<long> received;
    private readonly Counter<long> sent;
    private long open;

    public MqttMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create("RSocketIm.Mqtt");
        received = meter.CreateCounter<long>("rsocketim.mqtt.received", description: "PUBLISH packets from clients.");
        sent = meter.CreateCounter<long>("rsocketim.mqtt.sent", description: "PUBLISH packets to clients.");
        meter.CreateObservableGauge("rsocketim.mqtt.connections", () => Volatile.Read(ref open), description: "Signed-in connections of MQTT that are open.");
    }

    public void Opened() => Interlocked.Increment(ref open);

    public void Closed() => Interlocked.Decrement(ref open);

    public void Received() => received.Add(1);

    public void Sent() => sent.Add(1);
}
