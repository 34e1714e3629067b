namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>The version of MQTT that a connection speaks, as CONNECT says it.</summary>
internal enum MqttVersion : byte
{
    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0.</summary>
    V5 = 5,
}
