using System.Collections.Concurrent;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>What waits to be done in the background; <see cref="MaintenanceLoop"/> does it.</summary>
/// <remarks>Filled by the writer and by readers, none of whom may wait here.</remarks>
internal sealed class Maintenance(StoreMetrics metrics, ILogger log) : IDisposable
{
    // A merge that finds no place here is found again by whoever reads those blocks.
    private const int MaxMerges = 1 << 16;

    private readonly ConcurrentQueue<(RoomSlot Slot, long First)> merges = new();
    private readonly ConcurrentQueue<(RoomSlot Slot, StoredBlock Block)> damages = new();
    private readonly ConcurrentQueue<RoomSlot> scrubs = new();
    private readonly ConcurrentQueue<RoomSlot> searches = new();
    private readonly SemaphoreSlim signal = new(0);

    /// <summary>The next aligned range whose blocks may be merged.</summary>
    public bool TryTakeMerge(out (RoomSlot Slot, long First) merge) => merges.TryDequeue(out merge);

    /// <summary>The next block to set aside.</summary>
    public bool TryTakeDamage(out (RoomSlot Slot, StoredBlock Block) damage) => damages.TryDequeue(out damage);

    /// <summary>The next room with deleted messages whose words are still on disk.</summary>
    public bool TryTakeScrub(out RoomSlot slot) => scrubs.TryDequeue(out slot!);

    /// <summary>The next room whose entries the search index has not seen.</summary>
    public bool TryTakeSearch(out RoomSlot slot)
    {
        if (!searches.TryDequeue(out slot!))
        {
            return false;
        }

        // Before the room is looked at: what is committed after this puts it into the queue again.
        Volatile.Write(ref slot.SearchQueued, 0);
        return true;
    }

    /// <summary>A commit to a room is durable.</summary>
    public void Committed(RoomSlot slot, long oldHead)
    {
        long first = BlockCodec.AlignedFirst(Math.Max(oldHead, 1));
        if (oldHead % BlockCodec.Alignment != 0 && slot.Head >= first + BlockCodec.Alignment - 1 && merges.Count < MaxMerges)
        {
            merges.Enqueue((slot, first));
        }

        if (!slot.Scrubs.IsEmpty)
        {
            scrubs.Enqueue(slot);
        }

        AddSearch(slot);
    }

    /// <summary>The search index has to look at a room.</summary>
    public void AddSearch(RoomSlot slot)
    {
        if (Interlocked.Exchange(ref slot.SearchQueued, 1) == 0)
        {
            searches.Enqueue(slot);
        }

        Signal();
    }

    /// <summary>A room has words on disk that were deleted.</summary>
    public void AddScrub(RoomSlot slot)
    {
        scrubs.Enqueue(slot);
        Signal();
    }

    /// <summary>A reader met a block; if it is a small one at the beginning of a full range, a crash made us forget to merge it.</summary>
    public void BlockRead(RoomSlot slot, StoredBlock block)
    {
        long end = BlockCodec.AlignedFirst(block.First) + BlockCodec.Alignment - 1;
        if (block.First == BlockCodec.AlignedFirst(block.First) && block.Last < end && end <= slot.Head
            && block.Data.Length <= BlockMerge.MaxBytes / 2 && merges.Count < MaxMerges)
        {
            merges.Enqueue((slot, block.First));
            Signal();
        }
    }

    /// <summary>A reader met a damaged block.</summary>
    public void BlockDamaged(RoomSlot slot, StoredBlock block, string why)
    {
        DamagedBlock damage = new(slot.Room, block.First, block.Last);
        lock (damages)
        {
            if (slot.Damages.Contains(damage))
            {
                return;
            }

            slot.Damages = slot.Damages.Add(damage);
        }

        metrics.BlockDamaged();
        log.Damaged(slot.Room, block.First, block.Last, why);
        damages.Enqueue((slot, block));
        Signal();
    }

    /// <summary>Wakes the loop.</summary>
    public void Signal()
    {
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    /// <summary>Waits for something to do.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => signal.WaitAsync(longest, cancellationToken);

    public void Dispose() => signal.Dispose();
}
