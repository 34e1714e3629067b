using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>One topic of one room, read for one subscription. It holds no messages: each take gives the next one. The session's, under its lock.</summary>
internal abstract class SubscriptionChannel(MqttSession session, Subscription subscription, Room room, RoomTopic topic)
{
    /// <summary>The subscription.</summary>
    public Subscription Subscription => subscription;

    /// <summary>The room.</summary>
    public Room Room => room;

    /// <summary>Which topic of the room.</summary>
    public RoomTopic Topic => topic;

    /// <summary>The topic's name.</summary>
    public string TopicName { get; } = RoomTopics.NameOf(room.Id, topic);

    /// <summary>Under which name its place is stored.</summary>
    public MqttCursorKey Key { get; } = new(subscription.Filter.Text, room.Id, (int)topic);

    /// <summary>The quality of service of what it delivers.</summary>
    public virtual int Qos => subscription.Options.Qos;

    /// <summary>Whether it stands in the session's line.</summary>
    public bool IsInLine { get; set; }

    /// <summary>Whether it is over; whoever finds it in a line passes by.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The session.</summary>
    protected MqttSession Session => session;

    /// <summary>Takes the next message.</summary>
    /// <returns>Null when there is none now; the channel puts itself in line when there may be.</returns>
    public abstract Delivery? TryTake();

    /// <summary>Ends the reading. Once.</summary>
    public void Close()
    {
        IsClosed = true;
        CloseSource();
    }

    protected abstract void CloseSource();
}
