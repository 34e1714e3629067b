using RSocketIm.Protocol;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>The text or the events of a room: a cursor in its log, and before it the message that the room retains.</summary>
internal sealed class LogChannel : SubscriptionChannel, ILogCursorOwner
{
    // Edits, reactions and the like are passed by where only texts are wanted; after so many the next channel has its turn.
    private const int MostPassedBy = 256;

    private readonly LogCursor cursor;
    private LogEntry? retained;

    /// <summary>Opens the cursor.</summary>
    /// <param name="session">For whom.</param>
    /// <param name="subscription">For which subscription.</param>
    /// <param name="room">The room.</param>
    /// <param name="topic">Text or events.</param>
    /// <param name="after">The seq before the first one wanted, 0..head.</param>
    /// <param name="retained">What to deliver before; null: nothing.</param>
    /// <param name="blocks">Where old entries come from.</param>
    /// <exception cref="RSocketException">The user may not read.</exception>
    public LogChannel(MqttSession session, Subscription subscription, Room room, RoomTopic topic, long after, LogEntry? retained, BlockCache blocks)
        : base(session, subscription, room, topic)
    {
        this.retained = retained;
        cursor = new LogCursor(room, session.User, after, membersOnly: subscription.Filter.Room is null, blocks, this);
    }

    /// <summary>Seq of the last entry taken.</summary>
    public long Cursor => cursor.Cursor;

    /// <summary>Whether the room stopped it before it was known to anybody.</summary>
    public bool IsStopped => cursor.Stopped is not null;

    /// <summary>Gives the retained message again, before what comes next.</summary>
    public void Retain(LogEntry entry) => retained = entry;

    void ILogCursorOwner.CursorReady(LogCursor ready) => Session.PutInLine(this);

    void ILogCursorOwner.CursorStopped(LogCursor ended, RSocketException reason) => Session.ChannelStopped(this, reason);

    void ILogCursorOwner.CursorFailed(LogCursor failed, RSocketException reason) => Session.Fail(reason);

    /// <inheritdoc />
    public override Delivery? TryTake()
    {
        if (retained is { } last)
        {
            retained = null;
            Session.PutInLine(this);
            if (Session.Content.Of(last, Topic, session: null) is { } kept)
            {
                return ToDelivery(kept, last.Seq, isRetained: true);
            }
        }

        for (int passed = 0; passed < MostPassedBy; passed++)
        {
            if (cursor.TryTake() is not { } entry)
            {
                return null;
            }

            Session.Moved(this, cursor.Cursor);
            string? ownTag = Subscription.Options.NoLocal ? Session.Tag : null;
            if (Session.Content.Of(entry, Topic, ownTag) is { } content)
            {
                Session.PutInLine(this);
                return ToDelivery(content, entry.Seq, isRetained: false);
            }
        }

        Session.PutInLine(this);
        return null;
    }

    /// <inheritdoc />
    protected override void CloseSource() => cursor.Close();

    private Delivery ToDelivery(MessageContent content, long seq, bool isRetained) => new(Key, TopicName, Subscription.Identifier, Qos, isRetained, content, seq);
}
