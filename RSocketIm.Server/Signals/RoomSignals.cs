using System.Collections.Concurrent;
using System.Reactive.Disposables;
using System.Reactive.Linq;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Signals;

/// <summary>What happens in rooms and is not worth a log: presence, typing and receipts. May be conflated to the latest per type and user.</summary>
internal sealed class RoomSignals : IDisposable
{
    /// <summary>How long after the last <c>typing</c> a user is shown to be typing.</summary>
    public static readonly TimeSpan TypingShown = TimeSpan.FromSeconds(5);

    /// <summary>A user's <c>typing</c> within this time of the one told last is not told: clients send one per key stroke.</summary>
    public static readonly TimeSpan TypingInterval = TimeSpan.FromSeconds(1);

    private readonly RoomDirectory directory;
    private readonly PresenceTracker presence;
    private readonly Receipts receipts;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<Room, SignalHub> hubs = new();
    private readonly ExpiryQueue<(Room Room, string User, long Until)> typing;
    private readonly IDisposable presenceChanges;

    /// <summary>Creates the signals of all rooms.</summary>
    public RoomSignals(RoomDirectory directory, PresenceTracker presence, Receipts receipts, TimeProvider time)
    {
        this.directory = directory;
        this.presence = presence;
        this.receipts = receipts;
        this.time = time;
        typing = new ExpiryQueue<(Room Room, string User, long Until)>(
            time, TypingShown, ended => Tell(ended.Room, hub => hub.StopTyping(ended.User, ended.Until)));
        presenceChanges = presence.Changes.Subscribe(Announce);
        directory.RightsChanged += OnRightsChanged;
        receipts.Moved += OnReceiptMoved;
    }

    /// <summary>Rooms that have a listener or a typist now.</summary>
    public int ActiveRooms => hubs.Count;

    /// <summary><c>signals.feed</c>: the members online, those typing and how far each has read, then every change; an error when the right to read ends.</summary>
    /// <param name="user">Who listens.</param>
    /// <param name="room">The room's id.</param>
    /// <returns>Cold: each subscription starts with how things are then. Conflate by (type, user).</returns>
    /// <exception cref="RSocketException"><c>not_found</c> or <c>forbidden</c>.</exception>
    public IObservable<SignalEvent> Observe(string user, string room)
    {
        Room found = directory.RequireVisible(room, user);
        Rights.RequireRead(found.Record, found.FindMember(user));
        return Observable.Create<SignalEvent>(observer =>
        {
            Post(found, hub => hub.Listen(user, observer, presence, Now()));
            return Disposable.Create(() => Tell(found, hub => hub.Unlisten(observer)));
        });
    }

    /// <summary><c>typing</c>.</summary>
    /// <param name="user">Who types.</param>
    /// <param name="room">The room's id.</param>
    /// <exception cref="RSocketException"><c>not_found</c> or <c>forbidden</c>.</exception>
    public void Type(string user, string room)
    {
        Room found = directory.RequireVisible(room, user);
        Rights.RequireMember(found.Record, found.FindMember(user));
        Post(found, hub =>
        {
            long until = Now() + (long)TypingShown.TotalMilliseconds;
            if (hub.Type(user, until, (long)TypingInterval.TotalMilliseconds))
            {
                typing.Add((found, user, until));
            }
        });
    }

    /// <inheritdoc />
    public void Dispose()
    {
        directory.RightsChanged -= OnRightsChanged;
        receipts.Moved -= OnReceiptMoved;
        presenceChanges.Dispose();
        typing.Dispose();
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Announce(PresenceChange change)
    {
        foreach (string id in directory.RoomsOf(change.User))
        {
            // An invitation is in the index too, but an invited user is nobody's business yet.
            if (directory.Find(id) is { } room && Rights.StandingOf(room.FindMember(change.User)) >= Standing.Member)
            {
                Tell(room, hub => hub.Announce(change));
            }
        }
    }

    private void OnReceiptMoved(Room room, string user, long readSeq) => Tell(room, hub => hub.AnnounceReceipt(user, readSeq));

    private void OnRightsChanged(Room room, IReadOnlyCollection<MemberRecord> changes) => Tell(room, hub =>
    {
        hub.RecheckRights();
        foreach (MemberRecord change in changes)
        {
            if (change.Standing >= Standing.Member && presence.OnlineSince(change.User) is { } since)
            {
                hub.Announce(new PresenceChange(change.User, true, since));
            }
        }
    });

    /// <summary>Has the room's hub do something, if there is a hub.</summary>
    private void Tell(Room room, Action<SignalHub> action)
    {
        if (hubs.ContainsKey(room))
        {
            Post(room, action);
        }
    }

    /// <summary>Has the room's hub do something; makes the hub where there is none, and lets it go when nothing is left in it.</summary>
    private void Post(Room room, Action<SignalHub> action)
    {
        SignalHub hub = hubs.GetOrAdd(room, key => new SignalHub(key));
        hub.Queue.Add(() =>
        {
            if (hub.Retired)
            {
                // Found in the dictionary a moment before it was taken out.
                Post(room, action);
                return;
            }

            action(hub);
            if (hub.IsEmpty)
            {
                hub.Retired = true;
                hubs.TryRemove(room, out _);
            }
        });
        hub.Queue.Run();
    }
}
