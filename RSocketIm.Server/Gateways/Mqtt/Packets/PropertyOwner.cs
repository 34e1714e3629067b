namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>What properties belong to: which of them may be there depends on it.</summary>
internal enum PropertyOwner
{
    Connect,
    Will,
    Connack,
    Publish,

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK.</summary>
    Answer,
    Subscribe,
    Unsubscribe,
    Disconnect,
    Auth,
}
