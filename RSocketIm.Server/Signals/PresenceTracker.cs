using System.Collections.Concurrent;
using System.Reactive.Linq;
using System.Reactive.Subjects;

namespace RSocketIm.Server.Signals;

/// <summary>Who is online: from a user's first connection until 10 s after the last one is gone, so that a change of network is not seen.</summary>
internal sealed class PresenceTracker : IDisposable
{
    /// <summary>How long a user without a connection is still shown online.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // About 100 bytes each; guests come and go, and their names must not add up for ever.
    private const int MaxLastSeen = 100_000;

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Dictionary<string, Attendance> attendances = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> onlineSince = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> lastSeen = new(StringComparer.Ordinal);
    private readonly Queue<(string User, long At)> lastSeenOrder = new();
    private readonly ExpiryQueue<(string User, Attendance Attendance, int Absence)> absences;
    private readonly Subject<PresenceChange> changes = new();
    private readonly SerialQueue serial = new();

    /// <summary>Creates a tracker in which nobody is online.</summary>
    public PresenceTracker(TimeProvider time)
    {
        this.time = time;
        absences = new ExpiryQueue<(string User, Attendance Attendance, int Absence)>(time, Grace, absence => EndGrace(absence.User, absence.Attendance, absence.Absence));
    }

    /// <summary>Every change, in order; <see cref="OnlineSince"/> knows of it before.</summary>
    public IObservable<PresenceChange> Changes => changes.AsObservable();

    /// <summary>How many users are online.</summary>
    public int OnlineCount => onlineSince.Count;

    /// <summary>Counts a connection of a user.</summary>
    /// <param name="user">The user.</param>
    /// <returns>To be disposed when the connection is gone.</returns>
    public IDisposable Connect(string user)
    {
        lock (gate)
        {
            if (!attendances.TryGetValue(user, out Attendance? attendance))
            {
                attendances[user] = attendance = new Attendance();
                Announce(new PresenceChange(user, true, Now()));
            }

            attendance.Connections++;
        }

        serial.Run();
        return new Presentness(this, user);
    }

    /// <summary>Since when a user is online, in Unix milliseconds; null when offline.</summary>
    public long? OnlineSince(string user) => onlineSince.TryGetValue(user, out long since) ? since : null;

    /// <summary>When the last connection of a user who is offline now was gone, in Unix milliseconds; null when not known.</summary>
    public long? LastSeenAt(string user) => lastSeen.TryGetValue(user, out long at) ? at : null;

    /// <inheritdoc />
    public void Dispose()
    {
        absences.Dispose();
        changes.Dispose();
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Disconnect(string user)
    {
        lock (gate)
        {
            Attendance attendance = attendances[user];
            if (--attendance.Connections == 0)
            {
                attendance.GoneAt = Now();
                absences.Add((user, attendance, ++attendance.Absences));
            }
        }
    }

    private void EndGrace(string user, Attendance attendance, int absence)
    {
        lock (gate)
        {
            // Back in time, or back and gone again, which has its own place in the queue.
            if (attendance.Connections > 0 || attendance.Absences != absence)
            {
                return;
            }

            attendances.Remove(user);
            RememberLastSeen(user, attendance.GoneAt);
            Announce(new PresenceChange(user, false, Now()));
        }

        serial.Run();
    }

    private void RememberLastSeen(string user, long at)
    {
        lastSeen[user] = at;
        lastSeenOrder.Enqueue((user, at));
        if (lastSeenOrder.Count > MaxLastSeen)
        {
            (string oldest, long then) = lastSeenOrder.Dequeue();
            lastSeen.TryRemove(new KeyValuePair<string, long>(oldest, then));
        }
    }

    // Under the lock, so that changes are queued in the order in which they happened.
    private void Announce(PresenceChange change)
    {
        if (change.Online)
        {
            onlineSince[change.User] = change.At;
            lastSeen.TryRemove(change.User, out _);
        }
        else
        {
            onlineSince.TryRemove(change.User, out _);
        }

        serial.Add(() => changes.OnNext(change));
    }

    /// <summary>One user's connections; touched under the lock.</summary>
    private sealed class Attendance
    {
        public int Connections { get; set; }

        public int Absences { get; set; }

        public long GoneAt { get; set; }
    }

    // One for each connection there is, hence no closure.
    private sealed class Presentness(PresenceTracker tracker, string user) : IDisposable
    {
        private PresenceTracker? held = tracker;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Disconnect(user);
    }
}
