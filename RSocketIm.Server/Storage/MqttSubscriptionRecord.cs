namespace RSocketIm.Server.Storage;

/// <summary>A subscription of a stored session.</summary>
/// <param name="Filter">Its topic filter.</param>
/// <param name="Options">Its options as MQTT writes them.</param>
/// <param name="Identifier">The client's number for it; 0: none.</param>
internal readonly record struct MqttSubscriptionRecord(string Filter, byte Options, int Identifier);
