using RSocketIm.Protocol;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>Blocks of old entries that lagging feeds share: one read of the store serves all who wait for it, and those who come soon after.</summary>
/// <remarks>
/// <para>Bounded in bytes, least recently asked goes first. The lock is taken once per block and reader, not once per
/// entry: a reader keeps its <see cref="CachedBlock"/> and walks through it.</para>
/// <para>A block starts at a multiple of its length, or where the block before it had to stop (bytes, or the head at the
/// time), so that readers at different positions still ask for the same blocks.</para>
/// </remarks>
internal sealed class BlockCache
{
    // 128 entries of a usual 200 bytes are 25 KiB, a read that costs no more than its seek; 256 KiB keeps the largest texts in check.
    internal const int EntriesPerBlock = 128;
    internal const int BytesPerBlock = 256 << 10;

    // Reads of the store at the same time: enough to keep a disk busy. The blocks being read are not in the budget yet, so this bounds them.
    private const int MaxReads = 8;

    // Reads for nobody yet, on behalf of readers that go from block to block: only while the store has little to do.
    private const int MaxReadsAhead = 2;

    private readonly IRoomStore store;
    private readonly RoomOptions options;
    private readonly RoomMetrics metrics;
    private readonly ILogger<BlockCache> log;
    private readonly Lock gate = new();
    private readonly Dictionary<(Room Room, long First), CachedBlock> blocks = [];
    private readonly LinkedList<CachedBlock> byUse = new();
    private readonly Queue<CachedBlock> toRead = new();
    private int reads;

    /// <summary>Creates an empty cache.</summary>
    public BlockCache(IRoomStore store, RoomDirectory directory, RoomOptions options, RoomMetrics metrics, ILogger<BlockCache> log)
    {
        this.store = store;
        this.options = options;
        this.metrics = metrics;
        this.log = log;
        directory.EntriesRedacted += Redact;
    }

    /// <summary>Bytes of the blocks that are here.</summary>
    public long Bytes { get; private set; }

    /// <summary>Finds the block that holds an entry, or has it read.</summary>
    /// <param name="room">The room.</param>
    /// <param name="seq">The entry, 1..the room's head.</param>
    /// <param name="previous">The block the reader had last, if any: where it ended is where the next one starts, also when it has been evicted since.</param>
    /// <param name="waiter">Told when the block is here; not told when this returns it.</param>
    /// <returns>The block, or null when the waiter has to wait.</returns>
    public CachedBlock? Find(Room room, long seq, CachedBlock? previous, IBlockWaiter waiter)
    {
        CachedBlock? found = FindOrRead(room, seq, previous, waiter);
        if (previous is not null && previous.Last == seq - 1)
        {
            ReadAhead(room, FirstOf(seq) + EntriesPerBlock);
        }

        return found;
    }

    private static long FirstOf(long seq) => seq - ((seq - 1) % EntriesPerBlock);

    private CachedBlock? FindOrRead(Room room, long seq, CachedBlock? previous, IBlockWaiter waiter)
    {
        CachedBlock wanted;
        lock (gate)
        {
            long first = Math.Max(FirstOf(seq), room.FirstSeq);
            if (previous is not null && previous.Last < seq && previous.Last >= first)
            {
                first = previous.Last + 1;
            }

            while (true)
            {
                if (!blocks.TryGetValue((room, first), out CachedBlock? cached))
                {
                    wanted = new CachedBlock(room, first);
                    blocks.Add((room, first), wanted);
                    break;
                }

                if (cached.Waiters is { } waiters)
                {
                    // It may stop short of seq; the waiter then asks again and gets one block further.
                    waiters.Add(waiter);
                    return null;
                }

                byUse.Remove(cached.Place!);
                byUse.AddFirst(cached.Place!);
                EntryBlock block = cached.Block!;
                if (block.Last >= seq)
                {
                    return cached;
                }

                first = block.Last + 1;
            }

            wanted.Waiters!.Add(waiter);
            if (reads == MaxReads)
            {
                toRead.Enqueue(wanted);
                return null;
            }

            reads++;
        }

        _ = ReadAllAsync(wanted);
        return null;
    }

    /// <summary>Reads the block that a reader will want when it has written the one it has now: while a connection writes, the store reads.</summary>
    private void ReadAhead(Room room, long first)
    {
        CachedBlock ahead;
        lock (gate)
        {
            // What the tail has is not read from here; and a cache of a few blocks would evict it before anybody came for it.
            bool isWorthIt = reads < MaxReadsAhead && options.BlockCacheBytes >= MaxReads * BytesPerBlock && first <= room.Head && room.Tail.Find(first) is null;
            if (!isWorthIt || blocks.ContainsKey((room, first)))
            {
                return;
            }

            ahead = new CachedBlock(room, first);
            blocks.Add((room, first), ahead);
            reads++;
        }

        _ = ReadAllAsync(ahead);
    }

    private async Task ReadAllAsync(CachedBlock wanted)
    {
        // Off the caller's thread from the start: it is a connection's write loop, and a store may read synchronously.
        await Task.Yield();
        for (CachedBlock? next = wanted; next is not null; next = TakeNext())
        {
            await ReadAsync(next).ConfigureAwait(false);
        }
    }

    private CachedBlock? TakeNext()
    {
        lock (gate)
        {
            if (toRead.TryDequeue(out CachedBlock? next))
            {
                return next;
            }

            reads--;
            return null;
        }
    }

    private async ValueTask ReadAsync(CachedBlock wanted)
    {
        try
        {
            metrics.BlockRead();
            int entries = EntriesPerBlock - (int)((wanted.First - 1) % EntriesPerBlock);
            BlockLimit limit = new(entries, BytesPerBlock);
            EntryBlock block;
            List<IBlockWaiter>? waiters;
            do
            {
                wanted.Redactions = wanted.Room.Redactions;
                block = await store.ReadAfterAsync(wanted.Room.Id, wanted.First - 1, limit, CancellationToken.None).ConfigureAwait(false);
                if (block.First != wanted.First)
                {
                    throw new InvalidDataException($"The store has no entry {wanted.First}, head {wanted.Room.Head}.");
                }

                waiters = Keep(wanted, block);
            }
            while (waiters is null);

            foreach (IBlockWaiter waiter in waiters)
            {
                waiter.BlockLoaded(wanted, block);
            }
        }
        catch (EntriesRemovedException removed)
        {
            // Retention was faster: the readers look again, and find the gap.
            wanted.Room.MoveFirstSeq(removed.FirstSeq);
            foreach (IBlockWaiter waiter in Forget(wanted))
            {
                waiter.BlockLoaded(wanted, EntryBlock.Empty);
            }
        }
        catch (Exception error)
        {
            log.BlockReadFailed(error, wanted.Room.Id, wanted.First);
            RSocketException reason = Refusal.StoreUnreadable(wanted.Room.Id);
            foreach (IBlockWaiter waiter in Forget(wanted))
            {
                waiter.BlockFailed(reason);
            }
        }
    }

    /// <returns>Who waits for it; null when it has to be read again.</returns>
    private List<IBlockWaiter>? Keep(CachedBlock wanted, EntryBlock block)
    {
        lock (gate)
        {
            if (wanted.IsStale)
            {
                wanted.IsStale = false;
                return null;
            }

            List<IBlockWaiter> waiters = wanted.Waiters!;
            wanted.Waiters = null;
            wanted.Fill(block);
            wanted.Place = byUse.AddFirst(wanted);
            Bytes += block.Cost;
            while (Bytes > options.BlockCacheBytes && byUse.Last is { } last)
            {
                Evict(last.Value);
            }

            return waiters;
        }
    }

    private List<IBlockWaiter> Forget(CachedBlock wanted)
    {
        lock (gate)
        {
            blocks.Remove((wanted.Room, wanted.First));
            List<IBlockWaiter> waiters = wanted.Waiters ?? [];
            wanted.Waiters = null;
            return waiters;
        }
    }

    private void Evict(CachedBlock victim)
    {
        Bytes -= victim.Block!.Cost;
        victim.Empty();
        byUse.Remove(victim.Place!);
        blocks.Remove((victim.Room, victim.First));
    }

    /// <summary>Lets go of the blocks that hold entries which have lost their words.</summary>
    private void Redact(Room room, IReadOnlyCollection<LogEntry> entries)
    {
        lock (gate)
        {
            foreach (LogEntry entry in entries)
            {
                // Blocks start where the one before had to stop: anywhere between the multiple of their length and here.
                for (long first = FirstOf(entry.Seq); first <= entry.Seq; first++)
                {
                    if (!blocks.TryGetValue((room, first), out CachedBlock? cached))
                    {
                        continue;
                    }

                    if (cached.Waiters is not null)
                    {
                        cached.IsStale = true;
                    }
                    else if (cached.Last >= entry.Seq)
                    {
                        Evict(cached);
                    }
                }
            }
        }
    }
}
