using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>The store: one directory, embedded, durable.</summary>
/// <remarks>
/// <c>log.db</c> is the truth and is written by <see cref="LogWriter"/> alone; <c>ids.db</c> (<see cref="SendIndex"/>) and
/// <c>search.db</c> (<see cref="SearchIndex"/>) are made from it and may be deleted while no server runs.
/// <see cref="CommitJob"/> is the way in, <see cref="RoomLog"/> the way out, <see cref="MaintenanceLoop"/> what happens in between.
/// </remarks>
internal sealed class SqliteRoomStore : IRoomStore, IRoomUpkeep, IMessageSearch, IStoreAdministration, IAsyncDisposable
{
    private readonly StoreLock storeLock;
    private readonly string logPath;
    private readonly RoomSlots slots;
    private readonly Maintenance work;
    private readonly ReadPool<LogReads> pool;
    private readonly RoomLog roomLog;
    private readonly SendIndex sends;
    private readonly SearchIndex search;
    private readonly MaintenanceLoop loop;
    private readonly StoreHealth health = new();
    private bool disposed;

    private SqliteRoomStore(StoreLock storeLock, LogStatements statements, StoreOptions options, StoreMetrics metrics, TimeProvider time, ILogger log)
    {
        this.storeLock = storeLock;
        Database database = statements.Database;
        logPath = database.Path;
        string logId = database.ReadTexts("SELECT value FROM meta WHERE key = 'log_id'")[0];
        SipHash hasher = new(Convert.FromHexString(database.ReadTexts("SELECT value FROM meta WHERE key = 'hash_key'")[0]));
        slots = RoomSlots.Load(database);
        work = new Maintenance(metrics, log);
        PageCaches caches = new(options);
        pool = new ReadPool<LogReads>(() => new LogReads(logPath, caches.LogReader), options.ReadConnections);
        roomLog = new RoomLog(pool, work);
        sends = new SendIndex(SendIndexFile.Open(options.Directory, logId, slots, caches, log), slots, pool, roomLog, hasher, options, metrics, time);
        search = new SearchIndex(SearchFile.Open(options.Directory, logId, slots, caches.SearchWriter, log), slots, pool, roomLog, work, caches);
        Writer = new LogWriter(statements, slots, health, metrics, time, log);
        loop = new MaintenanceLoop(work, Writer, pool, slots, sends, search, options, metrics, time, log)
        {
            Scrubbed = (room, entries) => EntriesScrubbed?.Invoke(room, entries),
            FirstSeqMoved = (room, firstSeq) => FirstSeqMoved?.Invoke(room, firstSeq),
        };
        Accounts = new SqliteAccounts(Writer, pool);
        Receipts = new SqliteReceipts(Writer, pool, slots, roomLog);
        Attachments = new SqliteAttachments(Writer, pool);
        MqttSessions = new SqliteMqttSessions(Writer, pool);
        loop.Start();
        log.Opened(options.Directory, slots.Count, LogSchema.Migration.Version);
    }

    /// <inheritdoc />
    public event Action<string, IReadOnlyList<LogEntry>>? EntriesScrubbed;

    /// <inheritdoc />
    public event Action<string, long>? FirstSeqMoved;

    /// <summary>Accounts and guests' names.</summary>
    public IAccountStore Accounts { get; }

    /// <summary>Read receipts and unread counts.</summary>
    public IReceiptStore Receipts { get; }

    /// <summary>What is known of attachments.</summary>
    public IAttachmentStore Attachments { get; }

    /// <summary>Sessions of MQTT.</summary>
    public IMqttSessionStore MqttSessions { get; }

    /// <inheritdoc />
    public string? Failure => health.Reason;

    /// <inheritdoc />
    public IReadOnlyList<DamagedBlock> Damages => [.. slots.All.SelectMany(slot => slot.Damages)];

    /// <summary>The writer, for tests that make it fail.</summary>
    internal LogWriter Writer { get; }

    /// <summary>Opens a data directory, makes one, or brings an older one forward.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="metrics">What it counts.</param>
    /// <param name="time">The clock of retention, idempotency and retries.</param>
    /// <param name="log">Where it tells of failures.</param>
    /// <exception cref="StoreOpenException">It is in use, of a newer program, not writable, or damaged beyond opening.</exception>
    public static SqliteRoomStore Open(StoreOptions options, StoreMetrics metrics, TimeProvider time, ILogger<SqliteRoomStore> log)
    {
        StoreLock storeLock = StoreLock.Take(options.Directory);
        LogStatements? statements = null;
        try
        {
            string path = Path.Combine(options.Directory, LogSchema.FileName);

            RestoredLog.DropForeignWal(path, log);

            // The schema first: the statements of a commit need their tables.
            using (Database database = Database.OpenWriter(path, durable: true, 1 << 20))
            {
                LogSchema.Migration.Run(database);
                RestoredLog.RenewIfMarked(database, log);
                database.TryTruncateWal();
            }

            statements = new LogStatements(path, new PageCaches(options).LogWriter);
            return new SqliteRoomStore(storeLock, statements, options, metrics, time, log);
        }
        catch (Exception error)
        {
            statements?.Dispose();
            storeLock.Dispose();
            throw error is SqliteException
                ? new StoreOpenException($"Data directory {options.Directory} cannot be opened: {error.Message} Nothing was changed; restore a backup or ask verify.", error)
                : error;
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<StoredRoom> LoadRoomsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using Database database = Database.OpenReader(logPath, 4 << 20);
        using Statement members = database.PrepareOnce("SELECT room, user, standing, joined_at, joined_seq FROM members ORDER BY room, user");
        bool more = members.Step();
        List<MemberRecord> found = [];

        // Rooms and members come in the order of the rooms' numbers, so one pass over each is enough.
        foreach (RoomSlot slot in slots.All.OrderBy(slot => slot.Number))
        {
            cancellationToken.ThrowIfCancellationRequested();
            found.Clear();
            for (; more && members.Long(0) <= slot.Number; more = members.Step())
            {
                if (members.Long(0) == slot.Number)
                {
                    found.Add(new MemberRecord(members.Text(1), (Standing)members.Long(2), members.Long(3), members.Long(4)));
                }
            }

            yield return new StoredRoom(slot.Settings with { Head = slot.Head, FirstSeq = slot.FirstSeq }, [.. found]);
        }
    }

    /// <inheritdoc />
    public async ValueTask CommitAsync(IReadOnlyList<RoomCommit> commits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Writer.RunAsync(new CommitJob(commits, slots, sends, work)).ConfigureAwait(false);
    }

    /// <inheritdoc />
    // On the commit loop's thread: nearly always answered from memory.
    public ValueTask<IReadOnlyList<SentEntry?>> FindSendsAsync(IReadOnlyList<SendKey> keys, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SentEntry?>>(sends.Find(keys));

    /// <inheritdoc />
    public ValueTask<EntryBlock> ReadAfterAsync(string room, long after, BlockLimit limit, CancellationToken cancellationToken) =>
        slots.Find(room) is { } slot
            ? pool.RunAsync((roomLog, slot, after, limit), static (reads, ask) => ask.roomLog.ReadAfter(reads, ask.slot, ask.after, ask.limit), cancellationToken)
            : ValueTask.FromResult(EntryBlock.Empty);

    /// <inheritdoc />
    public ValueTask<EntryBlock> ReadBeforeAsync(string room, long before, BlockLimit limit, CancellationToken cancellationToken) =>
        slots.Find(room) is { } slot
            ? pool.RunAsync((roomLog, slot, before, limit), static (reads, ask) => ask.roomLog.ReadBefore(reads, ask.slot, ask.before, ask.limit), cancellationToken)
            : ValueTask.FromResult(EntryBlock.Empty);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogEntry>> ReadTargetingAsync(string room, long firstTarget, long lastTarget, CancellationToken cancellationToken) =>
        slots.Find(room) is { } slot
            ? pool.RunAsync<(RoomLog Log, RoomSlot Slot, long First, long Last), IReadOnlyList<LogEntry>>(
                (roomLog, slot, firstTarget, lastTarget),
                static (reads, ask) => ask.Log.ReadMany(reads, ask.Slot, reads.Targeting(ask.Slot, ask.First, ask.Last)),
                cancellationToken)
            : ValueTask.FromResult<IReadOnlyList<LogEntry>>([]);

    /// <inheritdoc />
    public async ValueTask RemoveBeforeAsync(string room, long firstSeq, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (slots.Find(room) is { } slot)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(firstSeq, slot.Head + 1);
            await loop.RemoveBeforeAsync(slot, firstSeq).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public ValueTask<FoundMessages> SearchAsync(string query, string? room, Func<string, bool> mayRead, int limit, CancellationToken cancellationToken) =>
        search.SearchAsync(query, room, mayRead, limit, cancellationToken);

    /// <inheritdoc />
    public async ValueTask<VerifyReport> VerifyAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using Database database = Database.OpenReader(logPath, 4 << 20);
        return new LogVerifier(database).Run(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask BackupAsync(string directory, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        cancellationToken.ThrowIfCancellationRequested();
        using Database database = Database.OpenReader(logPath, 4 << 20);
        Backup.Write(database, directory);
    }

    /// <inheritdoc />
    public async ValueTask<bool> SetRetentionAsync(string room, RetentionPolicy? policy, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (slots.Find(room) is not { } slot)
        {
            return false;
        }

        await Writer.RunAsync(
            log => log.Get("UPDATE rooms SET keep_entries = ?2, keep_ms = ?3 WHERE number = ?1").Bind(1, slot.Number)
                .BindOrNull(2, policy?.Entries).BindOrNull(3, (long?)policy?.Age?.TotalMilliseconds).Execute(),
            _ => slot.Retention = policy).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc />
    public Task KeepHouseAsync() => loop.KeepHouseAsync();

    /// <inheritdoc />
    public Task SettleAsync() => loop.SettleAsync();

    /// <summary>Finishes what is pending, writes what memory has of the derived files, and lets go of the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await loop.DisposeAsync().ConfigureAwait(false);

        // Readers first: with none of them in the way the writer leaves an empty WAL behind.
        search.Dispose();
        sends.Dispose();
        pool.Dispose();
        Writer.Dispose();
        work.Dispose();
        storeLock.Dispose();
    }
}
