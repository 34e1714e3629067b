namespace RSocketIm.Server.Storage;

/// <summary>A message that was sent to a client and is not acknowledged: which entry the packet identifier stands for.</summary>
/// <param name="PacketId">1..65,535.</param>
/// <param name="Order">Grows with each message that is sent.</param>
/// <param name="Key">The cursor that read it.</param>
/// <param name="Seq">The entry.</param>
/// <param name="Qos">1 or 2.</param>
/// <param name="Retained">Whether it was sent as the retained message.</param>
/// <param name="Released">Whether the client has said that it has it (QoS 2), so that only PUBREL and PUBCOMP are missing.</param>
internal readonly record struct MqttInFlightRecord(ushort PacketId, long Order, MqttCursorKey Key, long Seq, int Qos, bool Retained, bool Released);
