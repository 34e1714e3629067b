namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>What CONNECT asks to be published when the connection ends without a DISCONNECT (MQTT 5.0, 3.1.2.5).</summary>
/// <param name="Topic">Where.</param>
/// <param name="Payload">What, at most 65,535 bytes.</param>
/// <param name="Qos">0..2.</param>
/// <param name="Retain">Whether it is to be retained.</param>
/// <param name="Properties">Its properties, the delay among them.</param>
internal sealed record WillMessage(string Topic, byte[] Payload, int Qos, bool Retain, PacketProperties Properties);
