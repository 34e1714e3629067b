using Microsoft.AspNetCore.Identity;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Accounts;

/// <summary>Accounts and guests' names on top of the store: whose a name is, and whether a password is right.</summary>
/// <remarks>
/// One place decides whose a name is, the store's writer: there an account and a guest who want the same name meet in one
/// transaction. A failure of the store is <c>unavailable</c>, never a wrong password.
/// </remarks>
internal sealed class AccountDesk(IAccountStore store, Passwords passwords, TimeProvider time, ILogger<AccountDesk> log)
{
    /// <summary>Makes an account.</summary>
    /// <returns>False when an account or a guest has the name.</returns>
    /// <exception cref="RSocketException"><c>unavailable</c>.</exception>
    public async ValueTask<bool> RegisterAsync(string name, string password, CancellationToken cancellationToken)
    {
        // Looked at first to spare the hash; that the name is taken is no secret here. What counts is the store's answer below.
        if (!await IsFreeAsync(name, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        string hash = await passwords.HashAsync(password, cancellationToken).ConfigureAwait(false);
        return await AskAsync(() => store.AddAccountAsync(new AccountRecord(name, hash, Now), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Whether there is an account of this name with this password; either way it costs one hash.</summary>
    /// <exception cref="RSocketException"><c>unavailable</c>.</exception>
    public async ValueTask<bool> IsRightAsync(string name, string password, CancellationToken cancellationToken)
    {
        AccountRecord? account = await AskAsync(() => store.FindAccountAsync(name, cancellationToken)).ConfigureAwait(false);
        PasswordVerificationResult result = await passwords.VerifyAsync(account?.PasswordHash, password, cancellationToken).ConfigureAwait(false);
        if (result == PasswordVerificationResult.SuccessRehashNeeded)
        {
            string hash = await passwords.HashAsync(password, cancellationToken).ConfigureAwait(false);
            await AskAsync(() => store.SetPasswordAsync(name, hash, cancellationToken)).ConfigureAwait(false);
        }

        return account is not null && result != PasswordVerificationResult.Failed;
    }

    /// <summary>Whether neither an account nor a guest's token has the name.</summary>
    /// <exception cref="RSocketException"><c>unavailable</c>.</exception>
    public async ValueTask<bool> IsFreeAsync(string name, CancellationToken cancellationToken)
    {
        GuestRecord? guest = await AskAsync(() => store.FindGuestAsync(name, cancellationToken)).ConfigureAwait(false);
        return (guest is null || guest.Until < Now) && await AskAsync(() => store.FindAccountAsync(name, cancellationToken)).ConfigureAwait(false) is null;
    }

    /// <summary>Reserves a name for a guest's token, or confirms that it is that token's already.</summary>
    /// <returns>False when the name is an account's or another token's.</returns>
    /// <exception cref="RSocketException"><c>unavailable</c>.</exception>
    public async ValueTask<bool> TryHoldAsync(Token token, CancellationToken cancellationToken)
    {
        // Read first: a guest who comes back must not cost a write.
        GuestRecord? guest = await AskAsync(() => store.FindGuestAsync(token.User, cancellationToken)).ConfigureAwait(false);
        if (guest is not null && guest.Until >= Now)
        {
            return guest.Holder == token.Id;
        }

        // The store's time is the last millisecond held, a token's the first one that is not.
        GuestRecord wanted = new(token.User, token.Id, token.Expires.ToUnixTimeMilliseconds() - 1);
        return await AskAsync(() => store.ReserveGuestAsync(wanted, Now, cancellationToken)).ConfigureAwait(false);
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A store may throw whatever its medium throws.
        catch (Exception error) when (error is not (OperationCanceledException or RSocketException))
#pragma warning restore CA1031
        {
            log.AccountsFailed(error);
            throw ContractError.Unavailable.ToException("The accounts cannot be reached; nothing was changed, and it is safe to try again.", error);
        }
    }
}
