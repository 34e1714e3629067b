using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>A message that was sent and is not acknowledged.</summary>
internal sealed class InFlightMessage(MqttInFlightRecord record)
{
    /// <summary>What it is.</summary>
    public MqttInFlightRecord Record { get; set; } = record;

    /// <summary>Whether it takes a place in the client's Receive Maximum: it was sent over this connection.</summary>
    public bool IsCounted { get; set; }
}
