using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>Accounts that are forgotten at exit, beside <see cref="MemoryRoomStore"/>.</summary>
internal sealed class MemoryAccounts : IAccountStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, AccountRecord> accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GuestRecord> guests = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public ValueTask<AccountRecord?> FindAccountAsync(string name, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(accounts.GetValueOrDefault(name));
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> AddAccountAsync(AccountRecord account, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            bool isHeld = guests.TryGetValue(account.Name, out GuestRecord? guest) && guest.Until >= account.CreatedAt;
            return ValueTask.FromResult(!isHeld && accounts.TryAdd(account.Name, account));
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> SetPasswordAsync(string name, string passwordHash, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!accounts.TryGetValue(name, out AccountRecord? account))
            {
                return ValueTask.FromResult(false);
            }

            accounts[name] = account with { PasswordHash = passwordHash };
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> ReserveGuestAsync(GuestRecord guest, long now, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            GuestRecord? held = guests.TryGetValue(guest.Name, out GuestRecord? found) && found.Until >= now ? found : null;
            if (accounts.ContainsKey(guest.Name) || (held is not null && held.Holder != guest.Holder))
            {
                return ValueTask.FromResult(false);
            }

            guests[guest.Name] = guest with { Until = Math.Max(guest.Until, held?.Until ?? 0) };
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc />
    public ValueTask<GuestRecord?> FindGuestAsync(string name, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(guests.GetValueOrDefault(name));
        }
    }
}
