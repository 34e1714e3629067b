namespace RSocketIm.Server.Storage;

/// <summary>What happened to a stored session since it was written last. Written in one transaction, in the order of the properties.</summary>
internal sealed class MqttSessionChanges
{
    /// <summary>Subscriptions that are over, with their cursors. What is in flight stays.</summary>
    public List<string> Unsubscribed { get; } = [];

    /// <summary>New subscriptions, and old ones with new options.</summary>
    public List<MqttSubscriptionRecord> Subscribed { get; } = [];

    /// <summary>Cursors that are over.</summary>
    public List<MqttCursorKey> Closed { get; } = [];

    /// <summary>Where cursors are.</summary>
    public Dictionary<MqttCursorKey, MqttCursorRecord> Cursors { get; } = [];

    /// <summary>Packet identifiers that are free again.</summary>
    public List<ushort> Completed { get; } = [];

    /// <summary>Messages of QoS 2 that the client has.</summary>
    public List<ushort> Released { get; } = [];

    /// <summary>Messages that are about to be sent.</summary>
    public List<MqttInFlightRecord> Sent { get; } = [];

    /// <summary>Packet identifiers of the client that are free again.</summary>
    public List<ushort> Forgotten { get; } = [];

    /// <summary>Messages of QoS 2 that come in.</summary>
    public List<MqttReceivedRecord> Received { get; } = [];

    /// <summary>Whether an answer waits for it.</summary>
    public bool MustBeWritten { get; set; }

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty =>
        Cursors.Count == 0 && Completed.Count == 0 && Closed.Count == 0 && Sent.Count == 0 && Released.Count == 0 && Forgotten.Count == 0 && Received.Count == 0 && Unsubscribed.Count == 0 && Subscribed.Count == 0;

    /// <summary>
    /// Whether something has to be on disk before it is told to the client: which entry a packet identifier stands for, and that
    /// the client has it. What the client has acknowledged may be lost: it is sent again, and acknowledged again.
    /// </summary>
    public bool IsUrgent => MustBeWritten || Sent.Count > 0 || Released.Count > 0 || Received.Count > 0 || Forgotten.Count > 0;
}
