using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Signals;

/// <summary>The signals of one room: who listens, and who is typing. Exists only while there is one or the other.</summary>
/// <remarks>All members but <see cref="Queue"/> are touched by the queue's actions only.</remarks>
internal sealed class SignalHub(Room room)
{
    private readonly List<(string User, IObserver<SignalEvent> Observer)> listeners = [];
    private readonly Dictionary<string, long> typingUntil = new(StringComparer.Ordinal);

    /// <summary>Whose turn it is.</summary>
    public SerialQueue Queue { get; } = new();

    /// <summary>The room.</summary>
    public Room Room => room;

    /// <summary>Whether the hub has been taken out of service; what comes late goes to its successor.</summary>
    public bool Retired { get; set; }

    /// <summary>Whether nobody listens or types.</summary>
    public bool IsEmpty => listeners.Count == 0 && typingUntil.Count == 0;

    /// <summary>Adds a listener, who first hears how things are.</summary>
    public void Listen(string user, IObserver<SignalEvent> observer, PresenceTracker presence, long now)
    {
        if (!Rights.CanRead(room.Record.Kind, room.FindMember(user)))
        {
            observer.OnError(Refusal.NoLongerReadable(room.Id));
            return;
        }

        listeners.Add((user, observer));
        string[] members = [.. room.Members().Select(member => member.User).Order(StringComparer.Ordinal)];
        foreach (string member in members)
        {
            if (presence.OnlineSince(member) is { } since)
            {
                observer.OnNext(Presence(member, true, since));
            }
        }

        foreach ((string typist, long until) in typingUntil)
        {
            if (until > now)
            {
                observer.OnNext(Typing(typist, until));
            }
        }

        foreach (string member in members)
        {
            if (room.ReadSeqOf(member) is > 0 and long readSeq)
            {
                observer.OnNext(Receipt(member, readSeq));
            }
        }
    }

    /// <summary>Removes a listener.</summary>
    public void Unlisten(IObserver<SignalEvent> observer) => listeners.RemoveAll(listener => ReferenceEquals(listener.Observer, observer));

    /// <summary>Tells of a member's coming or going.</summary>
    public void Announce(PresenceChange change) => Emit(Presence(change.User, change.Online, change.At));

    /// <summary>Tells how far a member has read.</summary>
    public void AnnounceReceipt(string user, long readSeq) => Emit(Receipt(user, readSeq));

    /// <summary>Notes that a member is typing, and tells so unless that was told within the interval.</summary>
    /// <returns>Whether it was told.</returns>
    public bool Type(string user, long until, long interval)
    {
        if (typingUntil.TryGetValue(user, out long told) && until - told < interval)
        {
            return false;
        }

        typingUntil[user] = until;
        Emit(Typing(user, until));
        return true;
    }

    /// <summary>Forgets a typist whose time is over, unless it was prolonged.</summary>
    public void StopTyping(string user, long until)
    {
        if (typingUntil.TryGetValue(user, out long latest) && latest == until)
        {
            typingUntil.Remove(user);
        }
    }

    /// <summary>Ends the listeners who may no longer read, and forgets typists who are no longer members.</summary>
    public void RecheckRights()
    {
        foreach ((string user, IObserver<SignalEvent> observer) in listeners.ToArray())
        {
            if (!Rights.CanRead(room.Record.Kind, room.FindMember(user)))
            {
                Unlisten(observer);
                observer.OnError(Refusal.NoLongerReadable(room.Id));
            }
        }

        foreach (string user in typingUntil.Keys.ToArray())
        {
            if (Rights.StandingOf(room.FindMember(user)) < Standing.Member)
            {
                typingUntil.Remove(user);
            }
        }
    }

    private static SignalEvent Presence(string user, bool online, long at) => new() { Type = SignalEvent.PresenceType, User = user, Online = online, At = at };

    private static SignalEvent Typing(string user, long until) => new() { Type = SignalEvent.TypingType, User = user, Until = until };

    private static SignalEvent Receipt(string user, long readSeq) => new() { Type = SignalEvent.ReceiptType, User = user, Seq = readSeq };

    private void Emit(SignalEvent signal)
    {
        // A copy: a listener may go while it is being told.
        foreach ((_, IObserver<SignalEvent> observer) in listeners.ToArray())
        {
            observer.OnNext(signal);
        }
    }
}
