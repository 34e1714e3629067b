using System.Collections.Immutable;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>What the store itself keeps in memory of a room: about 200 bytes, for there may be 100,000.</summary>
/// <remarks>Written on the writer's thread after a commit is durable, and at start; read by everybody.</remarks>
/// <param name="number">The number under which <c>log.db</c> knows the room.</param>
/// <param name="settings">The room.</param>
/// <param name="logEpoch">The epoch that is in the checksums, when the room has got another since; null: the room's.</param>
internal sealed class RoomSlot(int number, RoomRecord settings, string? logEpoch = null)
{
    private long head = settings.Head;
    private long removingTo;
    private long firstSeq = settings.FirstSeq;
    private ImmutableHashSet<long> scrubs = [];
    private ImmutableArray<DamagedBlock> damages = [];
    private RoomRecord settings = settings;
    private RetentionPolicy? retention;

    /// <summary>The number under which <c>log.db</c> knows the room.</summary>
    public int Number => number;

    /// <summary>The room's id.</summary>
    public string Room => settings.Room;

    /// <summary>The part of a block's checksum that says whose it is.</summary>
    public uint LogChecksum { get; } = Checksum.OfLog(settings.Room, logEpoch ?? settings.Epoch);

    /// <summary>Title, kind and the like as they are stored; its head is that of an earlier time.</summary>
    public RoomRecord Settings
    {
        get => Volatile.Read(ref settings);
        set => Volatile.Write(ref settings, value);
    }

    /// <summary>Seq of the last durable entry.</summary>
    public long Head
    {
        get => Volatile.Read(ref head);
        set => Volatile.Write(ref head, value);
    }

    /// <summary>Seq of the first entry that retention left.</summary>
    public long FirstSeq
    {
        get => Volatile.Read(ref firstSeq);
        set => Volatile.Write(ref firstSeq, value);
    }

    /// <summary>Retention is about to remove what is before this seq; a reader may miss it before <see cref="FirstSeq"/> says so.</summary>
    public long RemovingTo
    {
        get => Volatile.Read(ref removingTo);
        set => Volatile.Write(ref removingTo, value);
    }

    /// <summary>The room's own retention; null: the server's.</summary>
    public RetentionPolicy? Retention
    {
        get => Volatile.Read(ref retention);
        set => Volatile.Write(ref retention, value);
    }

    /// <summary>Deleted messages whose words are still on disk; readers of the store do not get to see them any more.</summary>
    public ImmutableHashSet<long> Scrubs
    {
        get => Volatile.Read(ref scrubs);
        set => Volatile.Write(ref scrubs, value);
    }

    /// <summary>Ranges that were set aside.</summary>
    public ImmutableArray<DamagedBlock> Damages
    {
        get => damages;
        set => ImmutableInterlocked.InterlockedExchange(ref damages, value);
    }

    /// <summary>Up to here, idempotency keys are in the send index. That index's, under its lock.</summary>
    public long IndexedTo { get; set; }

    /// <summary>Up to here, messages are in the search index. That index's.</summary>
    public long SearchedTo { get; set; }

    /// <summary>1 while the room waits for the search index.</summary>
    public int SearchQueued;
}
