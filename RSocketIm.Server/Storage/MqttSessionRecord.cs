namespace RSocketIm.Server.Storage;

/// <summary>A session of MQTT that outlives its connections.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="Client">The client's name for it; another user's session of the same name is another session.</param>
/// <param name="Tag">Random, for ids of the messages that come in through it; never told to others as what it is.</param>
/// <param name="ExpirySeconds">How long it outlives a connection; 0xFFFFFFFF: for ever.</param>
internal sealed record MqttSessionRecord(string User, string Client, string Tag, uint ExpirySeconds);
