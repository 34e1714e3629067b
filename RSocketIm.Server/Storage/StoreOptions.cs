namespace RSocketIm.Server.Storage;

/// <summary>Where and how the store keeps its data.</summary>
internal sealed class StoreOptions
{
    /// <summary>The data directory, default <c>./data</c>; made when missing. One server at a time.</summary>
    public string Directory { get; init; } = "data";

    /// <summary>Idempotency keys that are remembered a room at least, 1 or more, default 100,000.</summary>
    public long SendWindowCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 100_000;

    /// <summary>How long idempotency keys are remembered at least, zero or more, default 7 days.</summary>
    public TimeSpan SendWindowAge
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromDays(7);

    /// <summary>Idempotency keys in memory before they go to <c>ids.db</c>, 1 or more, default 262,144 (about 10 MiB, twice while they are written).</summary>
    public int SendsInMemory
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1 << 18;

    /// <summary>Memory for the filter over the keys on disk, in bytes, 1 KiB or more, default 32 MiB: good for 26 million keys.</summary>
    public long SendFilterBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1 << 10);
            field = value;
        }
    } = 32L << 20;

    /// <summary>Memory for pages of the store's files, all connections together, in bytes, 1 MiB or more, default 128 MiB: half for the log, the rest for the ids and the search.</summary>
    public long PageCacheBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1 << 20);
            field = value;
        }
    } = 128L << 20;

    /// <summary>Connections that read the log, and so the pool threads that may wait for the disk, 1..64, default 4.</summary>
    public int ReadConnections
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 64);
            field = value;
        }
    } = 4;

    /// <summary>Retention of rooms that have none of their own; default: everything is kept.</summary>
    public RetentionPolicy Retention { get; init; } = RetentionPolicy.KeepAll;

    /// <summary>How often retention is applied, and old idempotency keys and ended reservations of guests are forgotten, more than zero, default one hour.</summary>
    public TimeSpan HousekeepingInterval
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromHours(1);
}
