using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>The signals of a room: while the socket does not take them, the latest of each kind and user waits.</summary>
internal sealed class SignalChannel : SubscriptionChannel, IObserver<SignalEvent>
{
    private readonly OrderedDictionary<(string Type, string User), SignalEvent> waiting = [];
    private IDisposable? source;

    /// <summary>Creates the channel, which listens from <see cref="Listen"/> on.</summary>
    public SignalChannel(MqttSession session, Subscription subscription, Room room)
        : base(session, subscription, room, RoomTopic.Signals)
    {
    }

    /// <summary>Signals may be conflated, so nothing more can be promised of them.</summary>
    public override int Qos => 0;

    /// <summary>Begins to listen. Outside of the session's lock, for what is now comes at once.</summary>
    public void Listen(IObservable<SignalEvent> signals)
    {
        IDisposable listening = signals.Subscribe(this);
        if (!Session.Keep(this, () => source = listening))
        {
            listening.Dispose();
        }
    }

    void IObserver<SignalEvent>.OnNext(SignalEvent value) => Session.Keep(this, () =>
    {
        waiting[(value.Type, value.User)] = value;
        Session.PutInLine(this);
    });

    void IObserver<SignalEvent>.OnError(Exception error) =>
        Session.ChannelStopped(this, error as RSocketException ?? ContractError.Internal.ToException("The signals ended.", error));

    void IObserver<SignalEvent>.OnCompleted()
    {
    }

    /// <inheritdoc />
    public override Delivery? TryTake()
    {
        if (waiting.Count == 0)
        {
            return null;
        }

        SignalEvent next = waiting.GetAt(0).Value;
        waiting.RemoveAt(0);
        if (waiting.Count > 0)
        {
            Session.PutInLine(this);
        }

        return new Delivery(Key, TopicName, Subscription.Identifier, 0, false, ContentMaker.OfJson(SignalEvent.Format.ToArray(DataFormat.Json, next)), 0);
    }

    /// <inheritdoc />
    // Not here: it calls into the signals, which may tell other sessions something, whose locks must not be taken under this one's.
    protected override void CloseSource()
    {
        if (source is { } open)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static listening => listening.Dispose(), open, preferLocal: false);
        }
    }
}
