namespace RSocketIm.Server.Storage.Sqlite;

/// <inheritdoc />
internal sealed class SqliteReceipts(LogWriter writer, ReadPool<LogReads> pool, RoomSlots slots, RoomLog roomLog) : IReceiptStore
{
    /// <inheritdoc />
    public async ValueTask SetReceiptsAsync(IReadOnlyCollection<ReceiptRecord> receipts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await writer.RunAsync(log =>
        {
            int changed = 0;
            foreach (ReceiptRecord receipt in receipts)
            {
                if (slots.Find(receipt.Room) is { } slot)
                {
                    changed += log.Get("""
                        INSERT INTO receipts VALUES (?1, ?2, ?3)
                        ON CONFLICT DO UPDATE SET read_seq = excluded.read_seq WHERE read_seq < excluded.read_seq
                        """).Bind(1, slot.Number).Bind(2, receipt.User).Bind(3, receipt.ReadSeq).Execute();
                }
            }

            return changed;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<long>> FindReceiptsAsync(IReadOnlyList<(string Room, string User)> keys, CancellationToken cancellationToken) =>
        pool.RunAsync<(RoomSlots Slots, IReadOnlyList<(string Room, string User)> Keys), IReadOnlyList<long>>(
            (slots, keys),
            static (reads, ask) => [.. ask.Keys.Select(key => ask.Slots.Find(key.Room) is { } slot ? reads.Receipt(slot, key.User) : 0)],
            cancellationToken);

    /// <inheritdoc />
    public ValueTask<long> CountMessagesAsync(string room, long after, string exceptFrom, CancellationToken cancellationToken) =>
        slots.Find(room) is { } slot
            ? pool.RunAsync(
                (roomLog, slot, after, exceptFrom),
                static (reads, ask) => ask.roomLog.CountMessages(reads, ask.slot, ask.after, ask.exceptFrom),
                cancellationToken)
            : ValueTask.FromResult(0L);
}
