using System.Collections.Concurrent;
using System.Reactive.Disposables;
using System.Reactive.Linq;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Signals;

/// <summary>How far each member has read: the latest per room and user, in memory, and a signal when it moves.</summary>
internal sealed class ReadReceipts(RoomDirectory directory)
{
    private readonly ConcurrentDictionary<string, RoomReceipts> rooms = new(StringComparer.Ordinal);

    /// <summary>Says that a user has read up to a seq; what is not further than before changes nothing.</summary>
    /// <param name="user">Who has read.</param>
    /// <param name="room">The room's id.</param>
    /// <param name="seq">Up to where, 0..head.</param>
    /// <exception cref="RSocketException"><c>not_found</c>, <c>forbidden</c>, or <c>bad_request</c> beyond the head.</exception>
    public void Read(string user, string room, long seq)
    {
        Room found = directory.RequireVisible(room, user);
        Rights.RequireMember(found.Record, found.FindMember(user));
        long head = found.Head;
        if (seq < 0 || seq > head)
        {
            throw Refusal.OutOfRange("seq", seq, 0, head);
        }

        rooms.GetOrAdd(room, static _ => new RoomReceipts()).Advance(user, seq);
    }

    /// <summary>How far a user has read, as far as is known here; 0 when it is not.</summary>
    public long ReadSeq(string user, string room) => rooms.TryGetValue(room, out RoomReceipts? receipts) ? receipts.ReadSeq(user) : 0;

    /// <summary>Receipts of a room: how things are, then every change. The caller has checked the rights. Conflate by user.</summary>
    public IObservable<SignalEvent> Observe(string room) =>
        Observable.Create<SignalEvent>(observer => rooms.GetOrAdd(room, static _ => new RoomReceipts()).Listen(observer));

    private sealed class RoomReceipts
    {
        private readonly Lock gate = new();
        private readonly Dictionary<string, long> readSeqs = new(StringComparer.Ordinal);
        private readonly SerialQueue serial = new();

        // Touched in the queue only.
        private readonly HashSet<IObserver<SignalEvent>> listeners = [];

        public long ReadSeq(string user)
        {
            lock (gate)
            {
                return readSeqs.GetValueOrDefault(user);
            }
        }

        public void Advance(string user, long seq)
        {
            lock (gate)
            {
                if (seq <= readSeqs.GetValueOrDefault(user))
                {
                    return;
                }

                readSeqs[user] = seq;
                serial.Add(() => Tell(user, seq));
            }

            serial.Run();
        }

        public IDisposable Listen(IObserver<SignalEvent> observer)
        {
            lock (gate)
            {
                // Under the lock, so that what is told now and what changes next are in order.
                KeyValuePair<string, long>[] known = [.. readSeqs];
                serial.Add(() =>
                {
                    listeners.Add(observer);
                    foreach ((string user, long seq) in known)
                    {
                        observer.OnNext(Receipt(user, seq));
                    }
                });
            }

            serial.Run();
            return Disposable.Create(() =>
            {
                serial.Add(() => listeners.Remove(observer));
                serial.Run();
            });
        }

        private static SignalEvent Receipt(string user, long seq) => new() { Type = SignalEvent.ReceiptType, User = user, Seq = seq };

        private void Tell(string user, long seq)
        {
            // A copy: a listener may go while it is being told.
            foreach (IObserver<SignalEvent> listener in listeners.ToArray())
            {
                listener.OnNext(Receipt(user, seq));
            }
        }
    }
}
