using System.Diagnostics;
using System.Runtime.InteropServices;
using RSocketIm.Protocol;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>One room: its head, its members, the newest of its log, and who reads along.</summary>
/// <remarks>
/// There may be 100,000 of them, so a room has no task, no timer and no buffer. The commit loop alone changes its state
/// (<see cref="RoomDraft"/> says how); the lock is for those who read it meanwhile, and for the readers' lists.
/// </remarks>
internal sealed class Room
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, MemberRecord> members = new(StringComparer.Ordinal);
    private Dictionary<string, long>? readSeqs;
    private RoomRecord record;
    private int redactions;
    private long firstSeq;
    private long head;
    private Parking parking;
    private IRoomReader? firstReader;
    private int readerCount;

    /// <summary>Creates a room as the store knows it, or one that is about to be made and has neither log nor members.</summary>
    public Room(RoomRecord record, IEnumerable<MemberRecord> members)
    {
        this.record = record;
        head = record.Head;
        firstSeq = record.FirstSeq;
        foreach (MemberRecord member in members)
        {
            this.members[member.User] = member;
            MemberCount += member.Standing >= Standing.Member ? 1 : 0;
        }
    }

    /// <summary>The room's id.</summary>
    public string Id => record.Room;

    /// <summary>What is known of the room beside log and members. Its <c>Head</c> may be one commit ahead of <see cref="Head"/>.</summary>
    public RoomRecord Record => Volatile.Read(ref record);

    /// <summary>Seq of the last entry that is durable and visible; 0 when there is none.</summary>
    public long Head => Volatile.Read(ref head);

    /// <summary>Seq of the first entry that is retained, as far as is known here, 1..<see cref="Head"/> + 1. The store knows first, and says so to who reads what is gone.</summary>
    public long FirstSeq => Volatile.Read(ref firstSeq);

    /// <summary>
    /// Grows when entries lose their words. Who keeps an entry beside the tail and the shared blocks remembers the number
    /// of before it got it, and drops the entry when the number is another.
    /// </summary>
    public int Redactions => Volatile.Read(ref redactions);

    /// <summary>The newest entries.</summary>
    public LogTail Tail { get; } = new();

    /// <summary>How many users are members.</summary>
    public int MemberCount { get; private set; }

    /// <summary>How many readers are open.</summary>
    public int ReaderCount => Volatile.Read(ref readerCount);

    /// <summary>What a user is to the room, or null for nothing in particular.</summary>
    public MemberRecord? FindMember(string user)
    {
        lock (gate)
        {
            return members.GetValueOrDefault(user);
        }
    }

    /// <summary>The members, in no order.</summary>
    public MemberRecord[] Members()
    {
        lock (gate)
        {
            return [.. members.Values.Where(member => member.Standing >= Standing.Member)];
        }
    }

    /// <summary>How far a user has read; 0 is nothing yet.</summary>
    public long ReadSeqOf(string user)
    {
        lock (gate)
        {
            return readSeqs?.GetValueOrDefault(user) ?? 0;
        }
    }

    /// <summary>Registers a reader, who is told from then on when the rights end. Pair with <see cref="Close"/>.</summary>
    /// <exception cref="RSocketException">The user may not read.</exception>
    public void Open(IRoomReader reader)
    {
        lock (gate)
        {
            // Under the lock: a commit that takes the right away either comes first and is seen here, or finds the reader.
            MemberRecord? member = members.GetValueOrDefault(reader.User);
            Rights.RequireRead(record, member);
            if (reader.MembersOnly)
            {
                Rights.RequireMember(record, member);
            }

            reader.NextReader = firstReader;
            firstReader?.PreviousReader = reader;
            firstReader = reader;
            readerCount++;
        }
    }

    /// <summary>Forgets a reader.</summary>
    public void Close(IRoomReader reader)
    {
        lock (gate)
        {
            parking.Remove(reader);
            if (ReferenceEquals(firstReader, reader))
            {
                firstReader = reader.NextReader;
            }

            reader.PreviousReader?.NextReader = reader.NextReader;
            reader.NextReader?.PreviousReader = reader.PreviousReader;
            reader.NextReader = null;
            reader.PreviousReader = null;
            readerCount--;
            if (firstReader is null)
            {
                parking.Trim();
            }
        }
    }

    /// <summary>Parks a reader that has read everything.</summary>
    /// <returns>False when there is something to read after all.</returns>
    public bool TryPark(IRoomReader reader)
    {
        lock (gate)
        {
            // A commit between the reader's look and here has moved the head already, and took the parked readers
            // before this one came: it would sleep over an entry. A commit after here finds it in the list.
            if (Head > reader.Cursor)
            {
                return false;
            }

            parking.Add(reader);
            return true;
        }
    }

    /// <summary>Ends every reader that is open, because the server stops.</summary>
    /// <param name="reason">What their streams end with.</param>
    internal void StopReaders(RSocketException reason)
    {
        List<IRoomReader> open = [];
        lock (gate)
        {
            for (IRoomReader? reader = firstReader; reader is not null; reader = reader.NextReader)
            {
                open.Add(reader);
            }
        }

        foreach (IRoomReader reader in open)
        {
            reader.RightsLost(reason);
        }
    }

    /// <summary>How many readers are parked; for tests and metrics.</summary>
    internal int ParkedCount
    {
        get
        {
            lock (gate)
            {
                return parking.Count;
            }
        }
    }

    /// <summary>Takes over what a commit changed beside the log, and stops the readers who may no longer read.</summary>
    internal void PublishState(RoomRecord newRecord, IReadOnlyCollection<MemberRecord> changes)
    {
        List<IRoomReader>? stopped = null;
        lock (gate)
        {
            RoomKind oldKind = record.Kind;
            bool narrower = newRecord.Kind != oldKind;
            Volatile.Write(ref record, newRecord);
            foreach (MemberRecord change in changes)
            {
                MemberRecord? before = members.GetValueOrDefault(change.User);
                narrower |= Rights.StandingOf(before) >= Standing.Member && change.Standing < Standing.Member;
                narrower |= Rights.CanRead(oldKind, before) && !Rights.CanRead(newRecord.Kind, change);
                MemberCount += (change.Standing >= Standing.Member ? 1 : 0) - (Rights.StandingOf(before) >= Standing.Member ? 1 : 0);
                if (change.Standing == Standing.None)
                {
                    members.Remove(change.User);
                }
                else
                {
                    members[change.User] = change;
                }
            }

            for (IRoomReader? reader = narrower ? firstReader : null; reader is not null; reader = reader.NextReader)
            {
                if (!MayRead(reader))
                {
                    (stopped ??= []).Add(reader);
                }
            }
        }

        // Outside the lock, for a stopped reader may close itself; before the head moves, so that none sees a later entry.
        foreach (IRoomReader reader in stopped ?? [])
        {
            reader.RightsLost(Refusal.NoLongerReadable(newRecord.Room));
        }
    }

    /// <summary>Takes over how far a user has read.</summary>
    /// <returns>False when that is no further than before.</returns>
    internal bool MoveReceipt(string user, long readSeq)
    {
        lock (gate)
        {
            ref long known = ref CollectionsMarshal.GetValueRefOrAddDefault(readSeqs ??= new Dictionary<string, long>(StringComparer.Ordinal), user, out _);
            bool moves = readSeq > known;
            known = Math.Max(known, readSeq);
            return moves;
        }
    }

    /// <summary>Takes over that retention has removed the entries before a seq.</summary>
    internal void MoveFirstSeq(long seq)
    {
        lock (gate)
        {
            if (seq > firstSeq)
            {
                Volatile.Write(ref firstSeq, seq);
            }
        }
    }

    /// <summary>Says that entries have been replaced by ones without words; before they are replaced anywhere in memory.</summary>
    internal void NoteRedaction() => Interlocked.Increment(ref redactions);

    /// <summary>Makes the entries up to a seq visible and wakes who waited for them.</summary>
    /// <returns>How many readers were woken.</returns>
    internal int PublishHead(long newHead)
    {
        Debug.Assert(newHead >= head, "A head never moves back.");
        Volatile.Write(ref head, newHead);
        List<IRoomReader>? woken;
        lock (gate)
        {
            woken = parking.Take();
        }

        if (woken is null)
        {
            return 0;
        }

        foreach (IRoomReader reader in woken)
        {
            reader.LogGrew();
        }

        int count = woken.Count;
        woken.Clear();
        lock (gate)
        {
            if (firstReader is not null)
            {
                parking.GiveBack(woken);
            }
        }

        return count;
    }

    private bool MayRead(IRoomReader reader)
    {
        MemberRecord? member = members.GetValueOrDefault(reader.User);
        return reader.MembersOnly ? Rights.StandingOf(member) >= Standing.Member : Rights.CanRead(record.Kind, member);
    }
}
