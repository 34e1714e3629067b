using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>A connection that holds a session.</summary>
internal interface ISessionHolder
{
    /// <summary>Ends it; the session is free a moment later.</summary>
    void End(ReasonCode code, string reason);
}
