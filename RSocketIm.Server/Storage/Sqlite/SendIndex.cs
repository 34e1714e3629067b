using System.Buffers.Binary;
using System.Text;
using Microsoft.Data.Sqlite;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Finds messages by their idempotency key: in memory the newest of all rooms, in <c>ids.db</c> the others.</summary>
/// <remarks>
/// <para>A commit writes nothing for it. A key is a 64-bit hash in a table in memory; when the table is full, it is written
/// to <c>ids.db</c> in the background, in order, and a new one begins. For a message that is new, and that is nearly
/// every one, the answer comes from two tables and a Bloom filter, without the disk. A hit is confirmed by the entry itself.</para>
/// <para>After a start nothing is in memory; what <c>ids.db</c> does not have of a room is read from the log when the room
/// gets its first send.</para>
/// </remarks>
internal sealed class SendIndex(SendIndexFile file, RoomSlots slots, ReadPool<LogReads> pool, RoomLog roomLog, SipHash hasher, StoreOptions options, StoreMetrics metrics, TimeProvider time)
    : IDisposable
{
    private const int RowsAStep = 20_000;

    private readonly Lock gate = new();

    // Guards the file's reading connection, which only the commit loop uses, against closing.
    private readonly Lock reading = new();
    private Dictionary<ulong, long> newest = [];
    private HashSet<RoomSlot> newestRooms = [];
    private Dictionary<ulong, long>? leaving;
    private List<(RoomSlot Slot, long Seq)> leavingMarks = [];
    private IdFilter? filter = file.IsEmpty ? new IdFilter(options.SendFilterBytes) : null;
    private IdFilter? filling;
    private long fillCursor = long.MinValue;
    private Dictionary<int, long>? pruneTo;
    private long pruneCursor;

    /// <summary>Whether a table waits to be written to the file.</summary>
    public bool WantsFlush => Volatile.Read(ref leaving) is not null;

    /// <summary>Finds the messages of a turn.</summary>
    public SentEntry?[] Find(IReadOnlyList<SendKey> keys)
    {
        SentEntry?[] found = new SentEntry?[keys.Count];
        for (int i = 0; i < found.Length; i++)
        {
            if (slots.Find(keys[i].Room) is { } slot)
            {
                found[i] = Find(slot, keys[i]);
            }
        }

        return found;
    }

    /// <summary>Takes in the keys of a commit.</summary>
    public void Committed(RoomSlot slot, long oldHead, IReadOnlyCollection<SentEntry> sends)
    {
        lock (gate)
        {
            if (slot.IndexedTo != oldHead)
            {
                // Not caught up since the start, and nobody has asked: the next question reads this from the log as well.
                return;
            }

            foreach (SentEntry sent in sends)
            {
                newest[HashOf(slot, sent.Key.User, sent.Key.Id)] = Place.Of(slot.Number, sent.Seq);
            }

            slot.IndexedTo = slot.Head;
            newestRooms.Add(slot);
            if (newest.Count >= options.SendsInMemory && leaving is null)
            {
                Rotate();
            }
        }
    }

    /// <summary>Writes the full table to the file.</summary>
    public void Flush()
    {
        if (leaving is not { } ids)
        {
            return;
        }

        file.Add(ids, leavingMarks);
        lock (gate)
        {
            foreach (ulong hash in ids.Keys)
            {
                filter?.Add(hash);
                filling?.Add(hash);
            }

            leaving = null;
        }
    }

    /// <summary>Reads a part of the file into the filter, after a start and after a pruning.</summary>
    /// <returns>Whether there is more to do.</returns>
    public bool FillFilter()
    {
        if (filter is not null)
        {
            return false;
        }

        filling ??= new IdFilter(options.SendFilterBytes);
        List<(long Hash, long Place)> rows = file.Read(fillCursor, RowsAStep);
        foreach ((long hash, _) in rows)
        {
            filling.Add((ulong)hash);
        }

        if (rows.Count < RowsAStep)
        {
            lock (gate)
            {
                (filter, filling, fillCursor) = (filling, null, long.MinValue);
            }

            return false;
        }

        fillCursor = rows[^1].Hash;
        return true;
    }

    /// <summary>Decides what may be forgotten; <see cref="Prune"/> then does it.</summary>
    public void StartPruning()
    {
        long before = (time.GetUtcNow() - options.SendWindowAge).ToUnixTimeMilliseconds();
        pruneTo = [];
        pruneCursor = long.MinValue;
        foreach (RoomSlot slot in slots.All)
        {
            long first = slot.Head <= options.SendWindowCount ? slot.FirstSeq : pool.RunHere((slot, before), (reads, ask) => WindowStart(reads, ask.slot, ask.before));
            if (first > 1)
            {
                pruneTo[slot.Number] = first;
            }
        }
    }

    /// <summary>Forgets a part of what is outside the window.</summary>
    /// <returns>Whether there is more to do.</returns>
    public bool Prune()
    {
        if (pruneTo is not { Count: > 0 })
        {
            return false;
        }

        List<(long Hash, long Place)> rows = file.Read(pruneCursor, RowsAStep);
        List<(long Hash, long Place)> old = rows.FindAll(row => pruneTo.TryGetValue(Place.RoomOf(row.Place), out long first) && Place.SeqOf(row.Place) < first);
        if (old.Count > 0)
        {
            file.Remove(old);
        }

        if (rows.Count < RowsAStep)
        {
            pruneTo = null;
            return false;
        }

        pruneCursor = rows[^1].Hash;
        return true;
    }

    /// <summary>Writes everything to the file, so that the next start has nothing to read.</summary>
    public void Dispose()
    {
        Flush();
        lock (gate)
        {
            Rotate();
        }

        Flush();
        lock (reading)
        {
            file.Dispose();
        }
    }

    /// <summary>The seq from which on keys are remembered: the last so many, and those of the last days.</summary>
    private long WindowStart(LogReads reads, RoomSlot slot, long before)
    {
        Statement select = reads.Get("SELECT place, last_at, messages FROM blocks WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC")
            .Bind(1, Place.Of(slot.Number, 0)).Bind(2, Place.Of(slot.Number, Place.MaxSeq));
        long messages = 0;
        long first = slot.Head + 1;
        while (select.Step() && (messages < options.SendWindowCount || select.Long(1) >= before))
        {
            first = Place.SeqOf(select.Long(0));
            messages += select.Long(2);
        }

        select.Reset();
        return Math.Max(first, slot.FirstSeq);
    }

    private SentEntry? Find(RoomSlot slot, SendKey key)
    {
        ulong hash = HashOf(slot, key.User, key.Id);
        long place;
        bool onDisk;
        lock (gate)
        {
            CatchUp(slot);
            if (!newest.TryGetValue(hash, out place) && leaving?.TryGetValue(hash, out place) != true)
            {
                place = 0;
            }

            onDisk = filter?.MayContain(hash) ?? true;
        }

        if (place != 0 && Confirm(slot, place, key) is { } sent)
        {
            return sent;
        }

        if (onDisk)
        {
            metrics.IdLookedUp();
            foreach (long candidate in FindOnDisk(hash))
            {
                if (Confirm(slot, candidate, key) is { } old)
                {
                    return old;
                }
            }
        }

        return null;
    }

    private List<long> FindOnDisk(ulong hash)
    {
        try
        {
            lock (reading)
            {
                return file.Find(hash);
            }
        }
        catch (SqliteException error)
        {
            // To go on without it would make duplicates of messages that are sent again.
            throw new IOException($"{SendIndexFile.FileName} cannot be read; stop the server and delete it, it is made again from the log.", error);
        }
    }

    private SentEntry? Confirm(RoomSlot slot, long place, SendKey key)
    {
        long seq = Place.SeqOf(place);
        if (Place.RoomOf(place) != slot.Number)
        {
            return null;
        }

        try
        {
            return roomLog.Find(slot, seq) is { Kind: EntryKind.Message or EntryKind.Redacted } entry && entry.From == key.User && entry.Decode().Id == key.Id
                ? new SentEntry(key, seq, entry.At)
                : null;
        }
        catch (EntriesRemovedException)
        {
            return null;
        }
        catch (DamagedBlockException)
        {
            // 64 bits with a secret key agree: it is this message. Its time is lost with its block, the sender gets the room's last.
            return new SentEntry(key, seq, slot.Settings.HeadAt);
        }
    }

    private void CatchUp(RoomSlot slot)
    {
        if (slot.IndexedTo == slot.Head)
        {
            return;
        }

        long before = (time.GetUtcNow() - options.SendWindowAge).ToUnixTimeMilliseconds();
        long head = pool.RunHere((slot, before), (reads, ask) =>
        {
            long head = ask.slot.Head;
            long first = Math.Max(ask.slot.IndexedTo + 1, WindowStart(reads, ask.slot, ask.before));
            foreach (StoredBlock block in reads.BlocksAfter(ask.slot, first - 1))
            {
                foreach (LogEntry entry in block.IsWhole(ask.slot) && block.First <= head ? block.Read(ask.slot) : [])
                {
                    if (entry.Kind is EntryKind.Message or EntryKind.Redacted && entry.Seq >= first && entry.Seq <= head && entry.Decode().Id is { } id)
                    {
                        newest[HashOf(ask.slot, entry.From, id)] = Place.Of(ask.slot.Number, entry.Seq);
                    }
                }
            }

            return head;
        });
        slot.IndexedTo = head;
        newestRooms.Add(slot);
    }

    private void Rotate()
    {
        leavingMarks = [.. newestRooms.Select(slot => (slot, slot.IndexedTo))];
        leaving = newest;
        newest = new Dictionary<ulong, long>(Math.Min(newest.Count, options.SendsInMemory));
        newestRooms = [];
    }

    private ulong HashOf(RoomSlot slot, string user, string id)
    {
        // Users are at most 32 bytes and ids 64, of four for a char at most; what is longer came around the contract.
        Span<byte> text = stackalloc byte[sizeof(int) + 1 + 512];
        int length = Encoding.UTF8.GetByteCount(user) + Encoding.UTF8.GetByteCount(id) + sizeof(int) + 1;
        text = length <= text.Length ? text[..length] : new byte[length];
        BinaryPrimitives.WriteInt32LittleEndian(text, slot.Number);
        int userLength = Encoding.UTF8.GetBytes(user, text[sizeof(int)..]);
        text[sizeof(int) + userLength] = 0;
        Encoding.UTF8.GetBytes(id, text[(sizeof(int) + userLength + 1)..]);
        return hasher.Hash(text);
    }
}
