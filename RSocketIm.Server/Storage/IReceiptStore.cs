namespace RSocketIm.Server.Storage;

/// <summary>Keeps how far users have read. Changes are on disk when they are answered, together with the commit that runs beside them.</summary>
internal interface IReceiptStore
{
    /// <summary>Moves receipts forward; one that would move back, or is of an unknown room, changes nothing.</summary>
    ValueTask SetReceiptsAsync(IReadOnlyCollection<ReceiptRecord> receipts, CancellationToken cancellationToken);

    /// <summary>Reads receipts: of a user in many rooms, or of a room's members.</summary>
    /// <param name="keys">Whose.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One read seq a key, in order; 0 where there is none.</returns>
    ValueTask<IReadOnlyList<long>> FindReceiptsAsync(IReadOnlyList<(string Room, string User)> keys, CancellationToken cancellationToken);

    /// <summary>Counts messages after a seq by others than one user. Reads every block after it: about 10 ms for 100,000 messages.</summary>
    ValueTask<long> CountMessagesAsync(string room, long after, string exceptFrom, CancellationToken cancellationToken);
}
