namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>A topic filter of SUBSCRIBE with its options (MQTT 5.0, 3.8.3.1).</summary>
/// <param name="Filter">The filter, 1 character or more.</param>
/// <param name="Qos">The most that is wanted, 0..2.</param>
/// <param name="NoLocal">Whether one's own messages are not wanted.</param>
/// <param name="RetainAsPublished">Whether the retain flag is wanted as it was published.</param>
/// <param name="RetainHandling">0: retained messages now · 1: only for a new subscription · 2: none.</param>
internal sealed record TopicSubscription(string Filter, int Qos, bool NoLocal = false, bool RetainAsPublished = false, int RetainHandling = 0)
{
    /// <summary>The options as the byte that SUBSCRIBE has.</summary>
    //  |7-6 reserved|5-4 retain handling|3 retain as published|2 no local|1-0 QoS|
    public byte Options => (byte)(Qos | (NoLocal ? 4 : 0) | (RetainAsPublished ? 8 : 0) | (RetainHandling << 4));

    /// <summary>Takes the byte of options apart.</summary>
    /// <exception cref="MqttException">It has a value it must not have.</exception>
    public static TopicSubscription Create(string filter, byte options, MqttVersion version)
    {
        if (filter.Length == 0)
        {
            throw MqttException.Malformed("A topic filter is empty.");
        }

        if ((options & (version == MqttVersion.V5 ? 0xC0 : 0xFC)) != 0)
        {
            throw MqttException.Malformed($"Subscription options 0x{options:x2} have reserved flags.");
        }

        int qos = options & 3;
        int handling = options >> 4;
        return qos == 3 || handling == 3
            ? throw MqttException.Protocol($"Subscription options 0x{options:x2} name a QoS or a retain handling of 3.")
            : new TopicSubscription(filter, qos, (options & 4) != 0, (options & 8) != 0, handling);
    }
}
