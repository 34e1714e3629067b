using RSocketIm.Server.Configuration;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>What every connection of MQTT uses.</summary>
internal sealed record MqttServices(
    ConnectJudge Judge,
    MqttSessions Sessions,
    PublishDesk Publish,
    SubscribeDesk Subscribe,
    RoomDirectory Directory,
    IRoomStore Rooms,
    IMqttSessionStore Store,
    PresenceTracker Presence,
    ConnectionMetrics Connections,
    MqttMetrics Metrics,
    LimitMetrics Limits,
    ServerSettings Settings,
    ServerState State,
    TimeProvider Time,
    ILogger<MqttServer> Log);
