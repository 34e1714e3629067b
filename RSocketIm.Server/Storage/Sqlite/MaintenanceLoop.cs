namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Does what waits in the background: one thing at a time, a little of it, the most urgent first, and not at the senders' expense.</summary>
internal sealed class MaintenanceLoop(
    Maintenance work, LogWriter writer, ReadPool<LogReads> pool, RoomSlots slots, SendIndex sends, SearchIndex search, StoreOptions options,
    StoreMetrics metrics, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private const int MergesAStep = 8;

    // While senders are at work, background work takes a fifth of one processor: after each step it rests four times as long.
    private const int RestFactor = 4;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReaderDelay = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly Queue<(RoomSlot Slot, long FirstSeq)> removals = new();
    private List<TaskCompletionSource> settling = [];
    private TaskCompletionSource? rest;
    private Task running = Task.CompletedTask;
    private bool truncate;
    private bool housekeeping;
    private bool guests;
    private long lastHousekeeping; // a timestamp: an interval does not follow a wall clock that is set back

    /// <summary>Told on the writer's thread of entries that were replaced by their scrubbed form.</summary>
    public Action<string, IReadOnlyList<LogEntry>> Scrubbed { get; set; } = (_, _) => { };

    /// <summary>Told on the writer's thread that a room begins later.</summary>
    public Action<string, long> FirstSeqMoved { get; set; } = (_, _) => { };

    /// <summary>Starts with what an earlier run left to do.</summary>
    public void Start()
    {
        foreach (RoomSlot slot in slots.All)
        {
            if (!slot.Scrubs.IsEmpty)
            {
                work.AddScrub(slot);
            }

            if (slot.SearchedTo < slot.Head)
            {
                work.AddSearch(slot);
            }
        }

        lastHousekeeping = time.GetTimestamp();
        running = RunAsync();
    }

    /// <summary>Ends when nothing is left to do.</summary>
    public Task SettleAsync()
    {
        TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            settling.Add(settled);
            rest?.TrySetResult();
        }

        work.Signal();
        return settled.Task;
    }

    /// <summary>Applies retention and forgets old idempotency keys now; ends when that is done.</summary>
    public Task KeepHouseAsync()
    {
        Volatile.Write(ref housekeeping, true);
        return SettleAsync();
    }

    /// <summary>Removes what is before a seq; ends when that is done.</summary>
    public Task RemoveBeforeAsync(RoomSlot slot, long firstSeq)
    {
        lock (gate)
        {
            removals.Enqueue((slot, firstSeq));
        }

        return SettleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            List<TaskCompletionSource> waiting = TakeSettling();
            try
            {
                long transactions = writer.Transactions;
                long started = time.GetTimestamp();
                int own = await StepAsync().ConfigureAwait(false);
                if (own < 0)
                {
                    waiting.ForEach(settled => settled.TrySetResult());
                    await work.WaitAsync(options.HousekeepingInterval, stopping.Token).ConfigureAwait(false);
                    continue;
                }

                GiveBack(waiting);
                if (writer.Transactions > transactions + own && waiting.Count == 0)
                {
                    await RestAsync(RestFactor * time.GetElapsedTime(started)).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                waiting.ForEach(settled => settled.TrySetCanceled());
            }
            catch (Exception error)
            {
                log.BackgroundFailed(error, "Background work");
                waiting.ForEach(settled => settled.TrySetException(error));
                await Task.WhenAny(Task.Delay(RetryDelay, time, stopping.Token)).ConfigureAwait(false);
            }
        }

        TakeSettling().ForEach(settled => settled.TrySetCanceled());
    }

    /// <summary>One step.</summary>
    /// <returns>Transactions it wrote to the log; -1 when there was nothing to do.</returns>
    private async ValueTask<int> StepAsync()
    {
        if (work.TryTakeDamage(out (RoomSlot Slot, StoredBlock Block) damage))
        {
            await writer.RunInBackgroundAsync(Quarantine.Job(damage.Slot, damage.Block, time.GetUtcNow().ToUnixTimeMilliseconds())).ConfigureAwait(false);
            return 1;
        }

        if (work.TryTakeScrub(out RoomSlot slot))
        {
            return await ScrubAsync(slot).ConfigureAwait(false);
        }

        // Not before everything that is to be scrubbed is: one emptying serves all.
        if (truncate)
        {
            // Old versions of the pages are in the WALs; a reader that is under way holds on to them for a moment longer.
            truncate = !(search.TryTruncateWal() & await writer.TruncateWalAsync().ConfigureAwait(false));
            if (truncate)
            {
                await Task.Delay(ReaderDelay, time, stopping.Token).ConfigureAwait(false);
            }

            return 0;
        }

        if (sends.WantsFlush)
        {
            sends.Flush();
            return 0;
        }

        if (work.TryTakeMerge(out (RoomSlot Slot, long First) merge))
        {
            return await MergeAsync(merge).ConfigureAwait(false);
        }

        if (search.Fill() || sends.FillFilter() || sends.Prune())
        {
            return 0;
        }

        if (TakeRemoval() is { } removal)
        {
            return await RemoveAsync(removal.Slot, removal.FirstSeq).ConfigureAwait(false);
        }

        if (guests)
        {
            return await RemoveGuestsAsync().ConfigureAwait(false);
        }

        return PlanHousekeeping() ? 0 : -1;
    }

    private async ValueTask<int> RemoveGuestsAsync()
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        guests = pool.RunHere(now, EndedGuests.Any);
        if (!guests)
        {
            return 0;
        }

        await writer.RunInBackgroundAsync(EndedGuests.Job(now)).ConfigureAwait(false);
        return 1;
    }

    private async ValueTask<int> ScrubAsync(RoomSlot slot)
    {
        // A room that was queued twice has nothing left the second time. Few at a time: a commit may have to wait for them.
        const int Most = 16;
        long[] targets = [.. slot.Scrubs.Take(Most)];
        if (targets.Length == 0)
        {
            return 0;
        }

        try
        {
            // First the index, which needs the words to find what to remove, and can do it again; the log's own transaction also ends the intent.
            search.Forget(slot, targets);
            await writer.RunInBackgroundAsync(Scrub.Job(slot, targets, replaced => Scrubbed(slot.Room, replaced))).ConfigureAwait(false);
        }
        catch
        {
            work.AddScrub(slot);
            throw;
        }

        truncate = true;
        metrics.Scrubbed(targets.Length);
        log.Scrubbed(slot.Room, targets.Length);
        if (!slot.Scrubs.IsEmpty)
        {
            work.AddScrub(slot);
        }

        return 1;
    }

    private async ValueTask<int> MergeAsync((RoomSlot Slot, long First) merge)
    {
        int count = 0;
        do
        {
            await writer.RunInBackgroundAsync(BlockMerge.Job(merge.Slot, merge.First, metrics)).ConfigureAwait(false);
            count++;
        }
        while (count < MergesAStep && work.TryTakeMerge(out merge));
        return count;
    }

    private async ValueTask<int> RemoveAsync(RoomSlot slot, long firstSeq)
    {
        int count = 0;
        if (slot.FirstSeq < firstSeq)
        {
            await writer.RunInBackgroundAsync(Retention.Job(slot, firstSeq)).ConfigureAwait(false);
            FirstSeqMoved(slot.Room, slot.FirstSeq);
            log.Retained(slot.Room, slot.FirstSeq);
            count = 1;
        }

        if (slot.FirstSeq < firstSeq || search.ForgetBefore(slot, slot.FirstSeq))
        {
            lock (gate)
            {
                removals.Enqueue((slot, firstSeq));
            }
        }
        else
        {
            truncate = true;
        }

        return count;
    }

    private (RoomSlot Slot, long FirstSeq)? TakeRemoval()
    {
        lock (gate)
        {
            return removals.TryDequeue(out (RoomSlot Slot, long FirstSeq) removal) ? removal : null;
        }
    }

    private bool PlanHousekeeping()
    {
        if (!housekeeping && time.GetElapsedTime(lastHousekeeping) < options.HousekeepingInterval)
        {
            return false;
        }

        Volatile.Write(ref housekeeping, false);
        lastHousekeeping = time.GetTimestamp();
        guests = true;
        sends.StartPruning();
        foreach (RoomSlot slot in slots.All)
        {
            RetentionPolicy policy = slot.Retention ?? options.Retention;
            if (policy.Entries is null && policy.Age is null)
            {
                continue;
            }

            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            long first = pool.RunHere((slot, policy, now), static (reads, ask) => Retention.FirstToKeep(reads, ask.slot, ask.policy, ask.now));
            if (first > slot.FirstSeq)
            {
                lock (gate)
                {
                    removals.Enqueue((slot, first));
                }
            }
        }

        return true;
    }

    // Who waits for the work to be done ends the rest.
    private async ValueTask RestAsync(TimeSpan duration)
    {
        TaskCompletionSource cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (settling.Count > 0)
            {
                return;
            }

            rest = cut;
        }

        await Task.WhenAny(Task.Delay(duration, time, stopping.Token), cut.Task).ConfigureAwait(false);
    }

    private List<TaskCompletionSource> TakeSettling()
    {
        lock (gate)
        {
            List<TaskCompletionSource> taken = settling;
            settling = [];
            return taken;
        }
    }

    private void GiveBack(List<TaskCompletionSource> waiting)
    {
        lock (gate)
        {
            settling.AddRange(waiting);
        }
    }
}
