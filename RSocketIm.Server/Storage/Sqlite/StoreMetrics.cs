using System.Diagnostics.Metrics;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>What the store counts: meter <c>RSocketIm.Storage</c>.</summary>
internal sealed class StoreMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly Counter<long> failures;
    private readonly Counter<long> damages;
    private readonly Counter<long> merges;
    private readonly Counter<long> scrubs;
    private readonly Counter<long> idLookups;

    /// <param name="meters">Where meters come from; null for a meter of its own.</param>
    public StoreMetrics(IMeterFactory? meters = null)
    {
        meter = meters?.Create("RSocketIm.Storage") ?? new Meter("RSocketIm.Storage");
        failures = meter.CreateCounter<long>("rsocketim.store.write_failures", description: "Transactions that failed.");
        damages = meter.CreateCounter<long>("rsocketim.store.damaged_blocks", description: "Blocks found damaged and set aside.");
        merges = meter.CreateCounter<long>("rsocketim.store.merged_blocks", description: "Small blocks that were merged away.");
        scrubs = meter.CreateCounter<long>("rsocketim.store.scrubbed_messages", description: "Deleted messages whose words were removed from disk.");
        idLookups = meter.CreateCounter<long>("rsocketim.store.id_lookups", description: "Idempotency keys that had to be looked up on disk.");
    }

    public void WriteFailed() => failures.Add(1);

    public void BlockDamaged() => damages.Add(1);

    public void Merged(int blocks) => merges.Add(blocks);

    public void Scrubbed(int messages) => scrubs.Add(messages);

    public void IdLookedUp() => idLookups.Add(1);

    /// <inheritdoc />
    public void Dispose() => meter.Dispose();
}
