namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>Ends a connection: the peer broke the protocol or met a limit. MQTT 5.0 tells it the code; MQTT 3.1.1 only closes.</summary>
/// <param name="code">0x80 or above.</param>
/// <param name="message">What came, and what is allowed.</param>
internal sealed class MqttException(ReasonCode code, string message) : Exception(message)
{
    /// <summary>What DISCONNECT says, or CONNACK while there is no connection yet.</summary>
    public ReasonCode Code => code;

    /// <summary>The level that CONNECT named, when the protocol itself is another or of another version; the answer is in a form that its peer may understand.</summary>
    public byte? Level { get; init; }

    /// <summary>The packet cannot be taken apart (4.13.1).</summary>
    public static MqttException Malformed(string message) => new(ReasonCode.MalformedPacket, message);

    /// <summary>The packet can be taken apart and must not be (4.13.1).</summary>
    public static MqttException Protocol(string message) => new(ReasonCode.ProtocolError, message);
}
