using System.Globalization;
using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>What clients subscribe to: opens a channel for each topic that a filter matches, and for those that it matches when a room is joined later.</summary>
internal sealed class SubscribeDesk(
    RoomDirectory directory, RoomEntrance entrance, RoomSignals signals, IRoomStore store, ServerSettings settings, LimitMetrics limits, ILogger<SubscribeDesk> log)
{
    // How far back a room's last message is looked for, in steps of 256 entries: behind them are only edits and reactions.
    private const int RetainedSteps = 8;

    private readonly LogReader reader = new(store);

    /// <summary>Adds a subscription.</summary>
    /// <param name="session">To which session.</param>
    /// <param name="wanted">The filter and its options.</param>
    /// <param name="properties">Of the packet.</param>
    /// <param name="version">Of the connection.</param>
    /// <returns>The QoS that is granted, or why not.</returns>
    /// <exception cref="MqttException">The filter breaks the protocol.</exception>
    /// <exception cref="RSocketException">It could be tried again.</exception>
    public async ValueTask<ReasonCode> SubscribeAsync(MqttSession session, TopicSubscription wanted, PacketProperties properties, MqttVersion version)
    {
        TopicFilter filter = TopicFilter.Parse(wanted.Filter);
        if (filter.IsShared && version == MqttVersion.V5)
        {
            throw new MqttException(ReasonCode.SharedSubscriptionsNotSupported, "Shared subscriptions are not supported, as CONNACK says.");
        }

        if (filter.Topics.Count == 0 || (filter.Room is { } named && !RoomId.IsValid(named)))
        {
            return ReasonCode.TopicFilterInvalid;
        }

        if (session.SubscriptionCount >= settings.Mqtt.MaxSubscriptions)
        {
            limits.Hit(ServerLimit.MqttSubscriptions);
            return ReasonCode.QuotaExceeded;
        }

        List<Room> rooms = [];
        try
        {
            if (filter.Room is { } room)
            {
                rooms.Add(await entrance.EnterAsync(session.User, room, toWrite: false).ConfigureAwait(false));
            }
        }
        catch (RSocketException refusal) when (!MqttReasons.IsPassing(refusal))
        {
            return MqttReasons.Of(refusal, ReasonCode.TopicFilterInvalid);
        }

        bool hasLog = filter.Topics.Any(static topic => topic != RoomTopic.Signals);
        TopicSubscription granted = wanted with { Qos = hasLog ? wanted.Qos : 0 };
        (Subscription subscription, bool isNew) = session.Subscribe(filter, granted, properties.SubscriptionIdentifiers?[0] ?? 0, isRestored: false);
        bool isRetainedWanted = wanted.RetainHandling == 0 || (wanted.RetainHandling == 1 && isNew);
        if (filter.Room is null)
        {
            rooms.AddRange(RoomsOf(session.User).Select(static joined => joined.Room));
        }

        foreach (Room room in rooms)
        {
            // The head first: what is committed meanwhile comes as it is, and not as retained.
            long head = room.Head;
            LogEntry? retained = isRetainedWanted && filter.Topics.Contains(RoomTopic.Text) ? await FindLastMessageAsync(room, head).ConfigureAwait(false) : null;
            Open(session, subscription, room, AfterOf(properties, room) ?? head, retained);
        }

        session.RequireWrite();
        return (ReasonCode)granted.Qos;
    }

    /// <summary>Has the subscriptions of a session read that was stored.</summary>
    public void Restore(MqttSession session, IReadOnlyList<MqttSubscriptionRecord> subscriptions)
    {
        foreach (MqttSubscriptionRecord stored in subscriptions)
        {
            TopicFilter filter = TopicFilter.Parse(stored.Filter);
            (Subscription subscription, _) = session.Subscribe(
                filter, TopicSubscription.Create(stored.Filter, stored.Options, MqttVersion.V5), stored.Identifier, isRestored: true);
            if (filter.Room is { } named)
            {
                if (directory.Find(named) is { } room)
                {
                    // Without a stored place: of QoS 0, or shut out of the room and let in again.
                    bool isMember = room.FindMember(session.User) is { Standing: >= Standing.Member };
                    long after = isMember && subscription.Options.Qos > 0 ? room.FindMember(session.User)!.JoinedSeq - 1 : room.Head;
                    Open(session, subscription, room, after, null);
                }

                continue;
            }

            // A room without a stored place was joined meanwhile.
            foreach ((Room room, MemberRecord member) in RoomsOf(session.User))
            {
                Open(session, subscription, room, subscription.Options.Qos > 0 ? member.JoinedSeq - 1 : room.Head, null);
            }
        }
    }

    /// <summary>The session's user has joined a room. Called on the commit loop.</summary>
    public void RoomJoined(MqttSession session, Room room, long joinedSeq)
    {
        foreach (Subscription subscription in session.SubscriptionsOf(room.Id))
        {
            Open(session, subscription, room, joinedSeq - 1, null);
        }
    }

    private void Open(MqttSession session, Subscription subscription, Room room, long after, LogEntry? retained)
    {
        foreach (RoomTopic topic in subscription.Filter.Topics)
        {
            if (topic != RoomTopic.Signals)
            {
                session.Open(subscription, room, topic, after, topic == RoomTopic.Text ? retained : null);
            }
            else if (session.OpenSignals(subscription, room) is { } channel)
            {
                // On a thread of its own: this may be the commit loop, and listening tells at once how things are.
                ThreadPool.UnsafeQueueUserWorkItem(_ => Listen(session, channel), null);
            }
        }
    }

    private void Listen(MqttSession session, SignalChannel channel)
    {
        try
        {
            channel.Listen(signals.Observe(session.User, channel.Room.Id));
        }
        catch (RSocketException refusal)
        {
            session.ChannelStopped(channel, refusal);
        }
#pragma warning disable CA1031 // On a pool thread of its own: what is thrown here would end the process.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log.ListeningFailed(error, channel.Room.Id);
            session.ChannelStopped(channel, Refusal.Internal());
        }
    }

    // User properties "after" and "epoch": where a reader who came by another door goes on. A position that means nothing is none.
    private static long? AfterOf(PacketProperties properties, Room room)
    {
        string? epoch = properties.UserProperties?.FirstOrDefault(static pair => pair.Key == "epoch").Value;
        string? after = properties.UserProperties?.FirstOrDefault(static pair => pair.Key == "after").Value;
        return after is not null
            && (epoch is null or "" || epoch == room.Record.Epoch)
            && long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long seq)
            && seq <= room.Head ? seq : null;
    }

    private async ValueTask<LogEntry?> FindLastMessageAsync(Room room, long head)
    {
        long before = head + 1;
        try
        {
            for (int step = 0; step < RetainedSteps && before > room.FirstSeq; step++)
            {
                IReadOnlyList<LogEntry> entries = await reader.ReadBeforeAsync(room, before, CancellationToken.None).ConfigureAwait(false);
                if (entries.LastOrDefault(static entry => entry.Kind == EntryKind.Message) is { } last)
                {
                    return last;
                }

                before = entries.Count > 0 ? entries[0].Seq : 0;
            }
        }
        catch (Exception error) when (error is not RSocketException)
        {
            log.RetainedUnreadable(error, room.Id);
            throw Refusal.StoreUnreadable(room.Id);
        }

        return null;
    }

    private IEnumerable<(Room Room, MemberRecord Member)> RoomsOf(string user)
    {
        foreach (string id in directory.RoomsOf(user))
        {
            if (directory.Find(id) is { } room && room.FindMember(user) is { Standing: >= Standing.Member } member)
            {
                yield return (room, member);
            }
        }
    }
}
