namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>How a connection wants its session.</summary>
/// <param name="User">Whose.</param>
/// <param name="ClientId">Its name.</param>
/// <param name="CleanStart">Whether what there was is to be forgotten.</param>
/// <param name="ExpirySeconds">How long it is to outlive the connection; 0: not.</param>
/// <param name="Window">How many messages may be under way to the client.</param>
/// <param name="Will">Its will as it is stored; null: none.</param>
internal sealed record MqttSessionOptions(string User, string ClientId, bool CleanStart, uint ExpirySeconds, int Window, byte[]? Will);
