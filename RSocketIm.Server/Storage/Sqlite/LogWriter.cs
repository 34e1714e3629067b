using Microsoft.Data.Sqlite;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>The one that writes <c>log.db</c>: a thread of its own, so that waiting for a disk never takes a thread from the pool.</summary>
/// <remarks>
/// <para>Takes everything that is pending, writes it in one transaction, and answers when the disk has it; a receipt that
/// comes beside a commit costs no sync of its own. Background jobs run one at a time, only when nothing else is pending, so
/// a commit waits for at most one of them.</para>
/// <para>After a failure nothing of the transaction is there. When the failure came from the sync itself, the connection
/// is given up and opened anew, one small transaction overwrites what the failed one left in the WAL, and the heads
/// are compared with those that were acknowledged, before anything else is accepted.</para>
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    // Large enough that checkpoints are a small part of the work, small enough that a start after a crash reads it in an instant.
    private const long CheckpointBytes = 16 << 20;
    private const long IdleCheckpointBytes = 1 << 20;

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    private readonly object gate = new();
    private readonly Queue<WriteJob> background = new();
    private readonly RoomSlots slots;
    private readonly StoreHealth health;
    private readonly StoreMetrics metrics;
    private readonly ILogger log;
    private readonly ITimer probe;
    private readonly Thread thread;
    private List<WriteJob> pending = [];
    private List<WriteJob> batch = [];
    private LogStatements statements;
    private bool reopen;
    private bool closing;

    /// <summary>Starts writing.</summary>
    /// <param name="statements">The open file; the writer's from now on.</param>
    /// <param name="slots">The rooms.</param>
    /// <param name="health">Where failures are told.</param>
    /// <param name="metrics">Where they are counted.</param>
    /// <param name="time">The clock of probes.</param>
    /// <param name="log">Where they are logged.</param>
    public LogWriter(LogStatements statements, RoomSlots slots, StoreHealth health, StoreMetrics metrics, TimeProvider time, ILogger log)
    {
        this.statements = statements;
        this.slots = slots;
        this.health = health;
        this.metrics = metrics;
        this.log = log;
        probe = time.CreateTimer(_ => Enqueue(ProbeJob()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        thread = new Thread(Loop) { IsBackground = true, Name = "Store writer" };
        thread.Start();
    }

    /// <summary>Set by tests to fail as a disk would.</summary>
    internal Action<StoreFault>? Fault { get; set; }

    /// <summary>Transactions so far; tells background work that there is somebody to make way for.</summary>
    public long Transactions { get; private set; }

    /// <summary>Writes as soon as possible, with what else is pending.</summary>
    public Task RunAsync(WriteJob job) => Enqueue(job);

    /// <inheritdoc cref="RunAsync(WriteJob)" />
    public async ValueTask<T> RunAsync<T>(Func<LogStatements, T> run, Action<T>? committed = null)
    {
        WriteAction<T> job = new(run, committed);
        await Enqueue(job).ConfigureAwait(false);
        return job.Result;
    }

    /// <summary>Writes when nothing else is pending; the job is small.</summary>
    public Task RunInBackgroundAsync(WriteJob job) => Enqueue(job, background);

    /// <summary>Empties the WAL, and with it the old versions of what was overwritten.</summary>
    /// <returns>False when a reader was in the way.</returns>
    public async ValueTask<bool> TruncateWalAsync()
    {
        TruncateJob job = new();
        await Enqueue(job).ConfigureAwait(false);
        return job.Succeeded;
    }

    /// <summary>Finishes what is pending and closes the file.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (closing)
            {
                return;
            }

            closing = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
        probe.Dispose();
        statements.Dispose();
    }

    private Task Enqueue(WriteJob job, Queue<WriteJob>? queue = null)
    {
        lock (gate)
        {
            if (closing)
            {
                return Task.FromException(new ObjectDisposedException(nameof(LogWriter), "The store is closed."));
            }

            if (queue is null)
            {
                pending.Add(job);
            }
            else
            {
                queue.Enqueue(job);
            }

            Monitor.Pulse(gate);
        }

        return job.Done;
    }

    private void Loop()
    {
        while (TryTake(out TruncateJob? truncate))
        {
            if (truncate is null)
            {
                RunBatch();
            }
            else
            {
                Truncate(truncate);
            }

            CheckpointWhen(CheckpointBytes);
        }

        Truncate(new TruncateJob());
    }

    private bool TryTake(out TruncateJob? truncate)
    {
        batch.Clear();
        truncate = null;
        while (true)
        {
            lock (gate)
            {
                if (pending.Count > 0)
                {
                    TakePending(out truncate);
                    return true;
                }

                if (background.TryDequeue(out WriteJob? job))
                {
                    batch.Add(job);
                    return true;
                }

                if (closing)
                {
                    return false;
                }

                if (statements.Written < IdleCheckpointBytes)
                {
                    Monitor.Wait(gate);
                    continue;
                }
            }

            CheckpointWhen(IdleCheckpointBytes);
        }
    }

    private void TakePending(out TruncateJob? truncate)
    {
        truncate = pending[0] as TruncateJob;
        int count = 1;
        for (bool alone = pending[0].Alone; truncate is null && count < pending.Count; count++)
        {
            if (pending[count] is TruncateJob || (alone && pending[count].Alone))
            {
                break;
            }

            alone |= pending[count].Alone;
        }

        batch.AddRange(pending.Take(count));
        pending.RemoveRange(0, count);
    }

    private void RunBatch()
    {
        batch.RemoveAll(job => !Passes(job));
        if (batch.Count == 0)
        {
            return;
        }

        bool syncing = false;
        try
        {
            if (reopen)
            {
                Reopen();
            }

            // Rearranging needs no sync: the next commit's sync covers it, and until then the old arrangement is as good.
            bool mayBeLost = batch.TrueForAll(job => job.MayBeLost);
            if (mayBeLost)
            {
                statements.Database.Execute("PRAGMA synchronous = NORMAL");
            }

            Fault?.Invoke(StoreFault.Begin);
            statements.Begin();
            foreach (WriteJob job in batch)
            {
                job.Run(statements);
            }

            syncing = true;
            Fault?.Invoke(StoreFault.Sync);
            statements.Commit();
            syncing = false;
            if (mayBeLost)
            {
                statements.Database.Execute("PRAGMA synchronous = FULL");
            }
        }
        catch (Exception error)
        {
            Failed(error, syncing);
            foreach (WriteJob job in batch)
            {
                job.Fail(error);
            }

            return;
        }

        Transactions++;
        if (!health.IsHealthy)
        {
            health.Recover();
            log.Recovered();
        }

        foreach (WriteJob job in batch)
        {
            job.Committed();
            job.Complete();
        }
    }

    private static bool Passes(WriteJob job)
    {
        try
        {
            job.Check();
            return true;
        }
        catch (Exception error)
        {
            job.Fail(error);
            return false;
        }
    }

    private void Failed(Exception error, bool syncing)
    {
        metrics.WriteFailed();
        try
        {
            if (statements.Database.InTransaction)
            {
                statements.Database.Execute("ROLLBACK");
            }

            statements.Database.Execute("PRAGMA synchronous = FULL");
        }
        catch (SqliteException rollbackError)
        {
            log.RollbackFailed(rollbackError);
            reopen = true;
        }

        reopen |= syncing;
        health.Fail($"The store cannot write: {error.Message}");
        log.WriteFailed(error, batch.Count);
        probe.Change(ProbeInterval, Timeout.InfiniteTimeSpan);
    }

    private void Reopen()
    {
        // Other connections stay open, and with them the index of the WAL in which the failed transaction is not. The small
        // transaction takes its place in the file; from then on not even a crash brings it back.
        LogStatements fresh = statements.OpenAgain();
        statements.Dispose();
        statements = fresh;
        statements.Database.Execute("UPDATE meta SET value = value + 1 WHERE key = 'recoveries'");
        using Statement heads = statements.Database.PrepareOnce("SELECT room, head FROM heads");
        int count = 0;
        while (heads.Step())
        {
            if (slots.Find((int)heads.Long(0)) is not { } slot || slot.Head != heads.Long(1))
            {
                throw new InvalidDataException(
                    $"After a failed sync the disk has room number {heads.Long(0)} at {heads.Long(1)}, which is not what was acknowledged; restart the server.");
            }

            count++;
        }

        if (count != slots.Count)
        {
            throw new InvalidDataException($"After a failed sync the disk has {count} rooms of {slots.Count}; restart the server.");
        }

        reopen = false;
        log.Reopened();
    }

    // As much as a usual commit takes, or a full disk would look well to a probe and not to the next commit.
    private static WriteAction<int> ProbeJob() => new(statements =>
    {
        statements.Get("INSERT INTO meta VALUES ('probe', hex(zeroblob(65536)))").Execute();
        return statements.Get("DELETE FROM meta WHERE key = 'probe'").Execute();
    });

    private void Truncate(TruncateJob job)
    {
        try
        {
            job.Succeeded = statements.Database.TryTruncateWal();
            statements.Written = 0;
            job.Complete();
        }
        catch (SqliteException error)
        {
            log.CheckpointFailed(error);
            job.Fail(error);
        }
    }

    private void CheckpointWhen(long bytes)
    {
        if (statements.Written < bytes)
        {
            return;
        }

        statements.Written = 0;
        try
        {
            statements.Database.Execute("PRAGMA wal_checkpoint(PASSIVE)");
        }
        catch (SqliteException error)
        {
            // Nothing is lost: what is not in the file yet is in the WAL, and the next checkpoint tries again.
            log.CheckpointFailed(error);
        }
    }

    private sealed class TruncateJob : WriteJob
    {
        public bool Succeeded { get; set; }

        public override bool Alone => true;

        public override void Run(LogStatements log) => throw new InvalidOperationException("A checkpoint is no transaction.");
    }
}
