using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>A subscription of a session: a filter, and a channel for each topic that it matches now. The session's, under its lock.</summary>
internal sealed class Subscription(TopicFilter filter, TopicSubscription options, int identifier)
{
    /// <summary>What it matches.</summary>
    public TopicFilter Filter => filter;

    /// <summary>Its options; the QoS is what is granted.</summary>
    public TopicSubscription Options { get; set; } = options;

    /// <summary>The client's number for it; 0: none.</summary>
    public int Identifier { get; set; } = identifier;

    /// <summary>What it reads now.</summary>
    public Dictionary<(Room Room, RoomTopic Topic), SubscriptionChannel> Channels { get; } = [];

    /// <summary>As it is stored.</summary>
    public MqttSubscriptionRecord ToRecord() => new(filter.Text, Options.Options, Identifier);
}
