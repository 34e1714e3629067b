using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>A session while a client is connected: its subscriptions, a line of those that have something, and the messages under way.</summary>
/// <remarks>
/// <para>Between connections it is rows of the store and no object. There is no queue: what waits, waits in the rooms' logs,
/// and the in-flight window is the credit.</para>
/// <para>The lock is held while an entry is taken. It comes before the locks of rooms and of the block cache, and nobody who
/// holds one of those calls in here.</para>
/// </remarks>
internal sealed class MqttSession(MqttSessionOptions options, string tag, long? number, BlockCache blocks, ContentMaker content, AsyncSignal wake, Action<RSocketException> fail)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Subscription> subscriptions = new(StringComparer.Ordinal);
    private readonly Dictionary<MqttCursorKey, MqttCursorRecord> stored = [];
    private readonly Queue<SubscriptionChannel> free = new();
    private readonly Queue<SubscriptionChannel> counted = new();
    private readonly InFlightWindow window = new() { Limit = options.Window };
    private MqttSessionChanges changes = new();
    private bool countedNext;
    private bool isClosed;

    /// <summary>Whose it is.</summary>
    public string User => options.User;

    /// <summary>Random: ids of messages that come in through it begin with it.</summary>
    public string Tag => tag;

    /// <summary>The store's name for it; null: it ends with its connection.</summary>
    public long? Number => number;

    /// <summary>What messages to clients say.</summary>
    public ContentMaker Content => content;

    /// <summary>How many subscriptions it has.</summary>
    public int SubscriptionCount
    {
        get
        {
            lock (gate)
            {
                return subscriptions.Count;
            }
        }
    }

    /// <summary>Messages under way to the client.</summary>
    public int InFlightCount
    {
        get
        {
            lock (gate)
            {
                return window.Count;
            }
        }
    }

    /// <summary>Takes over what is stored: messages under way, and where cursors were.</summary>
    public void Restore(StoredMqttSession session)
    {
        lock (gate)
        {
            foreach (MqttCursorRecord cursor in session.Cursors)
            {
                stored[cursor.Key] = cursor;
            }

            window.Restore(session.InFlight);
        }
    }

    /// <summary>Adds a subscription, or gives an old one new options.</summary>
    /// <returns>The subscription, and whether it is new.</returns>
    public (Subscription Subscription, bool IsNew) Subscribe(TopicFilter filter, TopicSubscription wanted, int identifier, bool isRestored)
    {
        lock (gate)
        {
            bool isNew = !subscriptions.TryGetValue(filter.Text, out Subscription? subscription);
            if (subscription is null)
            {
                subscriptions[filter.Text] = subscription = new Subscription(filter, wanted, identifier);
            }
            else
            {
                subscription.Options = wanted;
                subscription.Identifier = identifier;

                // They may be in the line of another quality of service.
                foreach (SubscriptionChannel channel in subscription.Channels.Values)
                {
                    PutInLine(channel);
                    if (number is not null && wanted.Qos > 0 && channel is LogChannel log)
                    {
                        Moved(log, log.Cursor);
                    }
                }
            }

            if (number is not null && !isRestored)
            {
                changes.Subscribed.Add(subscription.ToRecord());
            }

            return (subscription, isNew);
        }
    }

    /// <summary>Ends a subscription. What is under way goes on.</summary>
    /// <returns>False when there is none.</returns>
    public bool Unsubscribe(string filter)
    {
        lock (gate)
        {
            if (!subscriptions.Remove(filter, out Subscription? subscription))
            {
                return false;
            }

            foreach (SubscriptionChannel channel in subscription.Channels.Values)
            {
                channel.Close();
                changes.Cursors.Remove(channel.Key);
            }

            subscription.Channels.Clear();
            foreach (MqttCursorKey key in stored.Keys.Where(key => key.Filter == filter).ToArray())
            {
                stored.Remove(key);
            }

            if (number is not null)
            {
                changes.Subscribed.RemoveAll(record => record.Filter == filter);
                changes.Unsubscribed.Add(filter);
            }

            return true;
        }
    }

    /// <summary>Has a subscription read a room's texts or events, unless it does already.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="room">The room.</param>
    /// <param name="topic">Text or events.</param>
    /// <param name="after">The seq before the first one wanted when no place is stored.</param>
    /// <param name="retained">What to deliver before; null: nothing.</param>
    public void Open(Subscription subscription, Room room, RoomTopic topic, long after, LogEntry? retained)
    {
        lock (gate)
        {
            if (isClosed || !IsOpen(subscription))
            {
                return;
            }

            if (subscription.Channels.TryGetValue((room, topic), out SubscriptionChannel? open))
            {
                if (retained is not null)
                {
                    ((LogChannel)open).Retain(retained);
                    PutInLine(open);
                }

                return;
            }

            MqttCursorKey key = new(subscription.Filter.Text, room.Id, (int)topic);
            if (subscription.Options.Qos > 0 && stored.Remove(key, out MqttCursorRecord place))
            {
                // A place in another log means nothing: that log has gone back to a backup.
                after = place.Epoch == room.Record.Epoch ? Math.Min(place.Seq, room.Head) : room.Head;
            }

            LogChannel channel;
            try
            {
                channel = new LogChannel(this, subscription, room, topic, after, retained, blocks);
            }
            catch (RSocketException)
            {
                return; // the right to read was lost between the look at it and here
            }

            subscription.Channels.Add((room, topic), channel);

            // Lost between the room's look at the rights and the line above: the stop found no channel to drop.
            if (channel.IsStopped)
            {
                Drop(channel);
                return;
            }

            Moved(channel, after);
            PutInLine(channel);
        }
    }

    /// <summary>Has a subscription hear a room's signals, unless it does already.</summary>
    /// <returns>The channel, which is to be made to listen; null when there is nothing to do.</returns>
    public SignalChannel? OpenSignals(Subscription subscription, Room room)
    {
        lock (gate)
        {
            if (isClosed || !IsOpen(subscription) || subscription.Channels.ContainsKey((room, RoomTopic.Signals)))
            {
                return null;
            }

            SignalChannel channel = new(this, subscription, room);
            subscription.Channels.Add((room, RoomTopic.Signals), channel);
            return channel;
        }
    }

    /// <summary>The subscriptions that can match a room.</summary>
    public Subscription[] SubscriptionsOf(string room)
    {
        lock (gate)
        {
            return [.. subscriptions.Values.Where(subscription => subscription.Filter.Room is not { } named || named == room)];
        }
    }

    /// <summary>The client's number for a subscription; 0: none, or the subscription is over.</summary>
    public int IdentifierOf(string filter)
    {
        lock (gate)
        {
            return subscriptions.GetValueOrDefault(filter)?.Identifier ?? 0;
        }
    }

    /// <summary>The next message to be sent, if there is one and a place for it.</summary>
    public (Delivery Delivery, ushort PacketId)? TryTake()
    {
        lock (gate)
        {
            // Turn by turn, so that a full line of one kind does not keep the other waiting.
            for (int tries = 0; tries < 2; tries++)
            {
                countedNext = !countedNext;
                Queue<SubscriptionChannel> line = countedNext ? counted : free;
                while ((!countedNext || window.HasRoom) && line.TryDequeue(out SubscriptionChannel? channel))
                {
                    channel.IsInLine = false;
                    if (channel.IsClosed)
                    {
                        continue;
                    }

                    if (channel.Qos > 0 != countedNext)
                    {
                        PutInLine(channel); // its options have changed since it was put there
                        continue;
                    }

                    if (channel.TryTake() is not { } delivery)
                    {
                        continue;
                    }

                    if (delivery.Qos == 0)
                    {
                        return (delivery, 0);
                    }

                    InFlightMessage message = window.Add(delivery.Key, delivery.Seq, delivery.Qos, delivery.Retained);
                    if (number is not null)
                    {
                        changes.Sent.Add(message.Record);
                    }

                    return (delivery, message.Record.PacketId);
                }
            }

            return null;
        }
    }

    /// <summary>The next message of an earlier connection that is to be sent again, if there is a place for it.</summary>
    public MqttInFlightRecord? NextToResend()
    {
        lock (gate)
        {
            return window.NextToResend()?.Record;
        }
    }

    /// <summary>The client will not get this message, or has it: PUBACK, PUBCOMP, or a PUBREC that refuses.</summary>
    /// <param name="packetId">Its packet identifier.</param>
    /// <param name="qos">The quality of service that the acknowledgement belongs to.</param>
    /// <returns>False: there is none of this identifier.</returns>
    public bool Complete(ushort packetId, int qos)
    {
        lock (gate)
        {
            if (window.Find(packetId) is not { } message || message.Record.Qos != qos)
            {
                return false;
            }

            window.Remove(message);
            if (number is not null)
            {
                changes.Completed.Add(packetId);
            }
        }

        wake.Set();
        return true;
    }

    /// <summary>The client has this message of QoS 2 (PUBREC); PUBREL may go out when that is on disk.</summary>
    /// <returns>False: there is none of this identifier.</returns>
    public bool Release(ushort packetId)
    {
        lock (gate)
        {
            if (window.Find(packetId) is not { Record.Qos: 2 } message)
            {
                return false;
            }

            if (!message.Record.Released)
            {
                message.Record = message.Record with { Released = true };
                if (number is not null)
                {
                    changes.Released.Add(packetId);
                }
            }

            return true;
        }
    }

    /// <summary>A message of QoS 2 that came in is known to be through (PUBREL).</summary>
    public void Forget(ushort packetId)
    {
        lock (gate)
        {
            if (number is not null)
            {
                changes.Forgotten.Add(packetId);
            }
        }
    }

    /// <summary>Takes what is to be written to the store; null: nothing.</summary>
    /// <param name="urgentOnly">Whether what may be lost can wait.</param>
    public MqttSessionChanges? TakeChanges(bool urgentOnly)
    {
        lock (gate)
        {
            if (number is null || changes.IsEmpty || (urgentOnly && !changes.IsUrgent))
            {
                return null;
            }

            MqttSessionChanges taken = changes;
            changes = new MqttSessionChanges();
            return taken;
        }
    }

    /// <summary>Has what happened so far be on disk before anything else is told to the client.</summary>
    public void RequireWrite()
    {
        lock (gate)
        {
            changes.MustBeWritten = true;
        }
    }

    /// <summary>Ends all reading; what there is to store can still be taken.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            foreach (SubscriptionChannel channel in subscriptions.Values.SelectMany(subscription => subscription.Channels.Values))
            {
                channel.Close();
            }
        }
    }

    /// <summary>The store failed under a channel.</summary>
    internal void Fail(RSocketException reason) => fail(reason);

    /// <summary>Puts a channel in line that may have something.</summary>
    internal void PutInLine(SubscriptionChannel channel)
    {
        lock (gate)
        {
            if (!channel.IsInLine && !channel.IsClosed)
            {
                channel.IsInLine = true;
                (channel.Qos > 0 ? counted : free).Enqueue(channel);
            }
        }

        wake.Set();
    }

    /// <summary>Does something under the lock unless the channel is over.</summary>
    internal bool Keep(SubscriptionChannel channel, Action action)
    {
        lock (gate)
        {
            if (channel.IsClosed || isClosed)
            {
                return false;
            }

            action();
            return true;
        }
    }

    /// <summary>A channel has read up to here.</summary>
    internal void Moved(LogChannel channel, long seq)
    {
        if (number is not null && channel.Qos > 0)
        {
            changes.Cursors[channel.Key] = new MqttCursorRecord(channel.Key, channel.Room.Record.Epoch, seq);
        }
    }

    /// <summary>The right to read is lost, or the server stops.</summary>
    internal void ChannelStopped(SubscriptionChannel channel, RSocketException reason)
    {
        if (reason.Code != (ErrorCode)(uint)ContractError.Forbidden && reason.Code != (ErrorCode)(uint)ContractError.NotFound)
        {
            fail(reason);
            return;
        }

        lock (gate)
        {
            Drop(channel);
        }
    }

    private bool IsOpen(Subscription subscription) => subscriptions.TryGetValue(subscription.Filter.Text, out Subscription? open) && open == subscription;

    private void Drop(SubscriptionChannel channel)
    {
        if (channel.Subscription.Channels.TryGetValue((channel.Room, channel.Topic), out SubscriptionChannel? open) && open == channel)
        {
            channel.Subscription.Channels.Remove((channel.Room, channel.Topic));
            channel.Close();
            if (number is not null)
            {
                // Who comes back to the room begins where that was.
                changes.Cursors.Remove(channel.Key);
                changes.Closed.Add(channel.Key);
            }
        }
    }
}
