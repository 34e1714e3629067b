using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>What a message to a client says.</summary>
/// <param name="Payload">Its payload.</param>
/// <param name="Properties">Its properties, but for those that depend on the connection; written in MQTT 5.0 only.</param>
internal sealed record MessageContent(ReadOnlyMemory<byte> Payload, PacketProperties Properties);
