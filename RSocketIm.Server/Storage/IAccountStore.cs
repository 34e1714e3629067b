namespace RSocketIm.Server.Storage;

/// <summary>Keeps accounts, and the names that guests hold. Changes are on disk when they are answered.</summary>
internal interface IAccountStore
{
    /// <summary>The account of this name, or null.</summary>
    ValueTask<AccountRecord?> FindAccountAsync(string name, CancellationToken cancellationToken);

    /// <summary>Adds an account.</summary>
    /// <param name="account">The account; its <c>CreatedAt</c> is also now.</param>
    /// <param name="cancellationToken">Ends the wait where nothing has been written yet.</param>
    /// <returns>False when the name is taken, by an account or at the moment by a guest.</returns>
    ValueTask<bool> AddAccountAsync(AccountRecord account, CancellationToken cancellationToken);

    /// <summary>Changes a password.</summary>
    /// <returns>False when there is no such account.</returns>
    ValueTask<bool> SetPasswordAsync(string name, string passwordHash, CancellationToken cancellationToken);

    /// <summary>Reserves a name for a guest, or extends what the same holder has.</summary>
    /// <param name="guest">The name, its holder and until when.</param>
    /// <param name="now">Unix milliseconds; reservations that ended before it are free.</param>
    /// <param name="cancellationToken">Ends the wait where nothing has been written yet.</param>
    /// <returns>False when the name is an account's, or another guest holds it.</returns>
    ValueTask<bool> ReserveGuestAsync(GuestRecord guest, long now, CancellationToken cancellationToken);

    /// <summary>The reservation of a name, also one that has ended and is not forgotten yet, or null.</summary>
    ValueTask<GuestRecord?> FindGuestAsync(string name, CancellationToken cancellationToken);
}
