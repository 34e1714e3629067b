using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>A message on its way to a client.</summary>
/// <param name="Key">What read it.</param>
/// <param name="TopicName">Its topic.</param>
/// <param name="Identifier">The subscription's number; 0: none.</param>
/// <param name="Qos">0..2.</param>
/// <param name="Retained">Whether it is the room's last message, given to a new subscriber.</param>
/// <param name="Content">What it says.</param>
/// <param name="Seq">The entry; 0 when it is none.</param>
internal readonly record struct Delivery(MqttCursorKey Key, string TopicName, int Identifier, int Qos, bool Retained, MessageContent Content, long Seq);
