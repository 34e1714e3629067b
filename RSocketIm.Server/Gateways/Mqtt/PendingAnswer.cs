using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>The answer to a PUBLISH, which is on its way into the log. Answers go out in the order in which the packets came.</summary>
/// <param name="Packet">Ends with the answer; null: there is none, for QoS 0.</param>
/// <param name="Answered">Called before it goes out.</param>
internal readonly record struct PendingAnswer(Task<AckPacket?> Packet, Action Answered);
