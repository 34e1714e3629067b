namespace RSocketIm.Server.Storage;

/// <summary>A stored session with all it has.</summary>
/// <param name="Number">The store's name for it.</param>
/// <param name="Session">The session.</param>
/// <param name="Subscriptions">In no order.</param>
/// <param name="Cursors">In no order.</param>
/// <param name="InFlight">In the order in which they were sent.</param>
/// <param name="Received">In no order.</param>
internal sealed record StoredMqttSession(
    long Number,
    MqttSessionRecord Session,
    IReadOnlyList<MqttSubscriptionRecord> Subscriptions,
    IReadOnlyList<MqttCursorRecord> Cursors,
    IReadOnlyList<MqttInFlightRecord> InFlight,
    IReadOnlyList<MqttReceivedRecord> Received);
