namespace RSocketIm.Server.Storage;

/// <summary>What the operator asks of a store.</summary>
internal interface IStoreAdministration
{
    /// <summary>Why the store takes no changes at the moment; null when it does. For <c>/readyz</c>.</summary>
    string? Failure { get; }

    /// <summary>Ranges that were found damaged and set aside. For <c>/readyz</c>, whose answer they do not change.</summary>
    IReadOnlyList<DamagedBlock> Damages { get; }

    /// <summary>Reads everything and says what is wrong. Changes nothing.</summary>
    ValueTask<VerifyReport> VerifyAsync(CancellationToken cancellationToken);

    /// <summary>Copies the log while the server runs, as it is at one moment.</summary>
    /// <param name="directory">A directory that does not exist or is empty; afterwards one that a server can be started on.</param>
    /// <param name="cancellationToken">Ends the wait before the copying.</param>
    ValueTask BackupAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Gives a room a retention of its own, or with null the server's again.</summary>
    /// <returns>False when there is no such room.</returns>
    ValueTask<bool> SetRetentionAsync(string room, RetentionPolicy? policy, CancellationToken cancellationToken);

    /// <summary>Applies retention, and forgets old idempotency keys and ended reservations of guests, now instead of at the next full interval.</summary>
    Task KeepHouseAsync();

    /// <summary>Ends when no background work is left: what was deleted is gone from disk, what was sent can be found.</summary>
    Task SettleAsync();
}
