namespace RSocketIm.Server.Storage;

/// <summary>A message of QoS 2 that a client sends: under which id it is in the room's log, or will be.</summary>
/// <param name="PacketId">1..65,535.</param>
/// <param name="MessageId">The id; the same however often the client sends the packet again.</param>
internal readonly record struct MqttReceivedRecord(ushort PacketId, string MessageId);
