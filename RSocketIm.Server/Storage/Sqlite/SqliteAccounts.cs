namespace RSocketIm.Server.Storage.Sqlite;

/// <inheritdoc />
internal sealed class SqliteAccounts(LogWriter writer, ReadPool<LogReads> pool) : IAccountStore
{
    /// <inheritdoc />
    public ValueTask<AccountRecord?> FindAccountAsync(string name, CancellationToken cancellationToken) => pool.RunAsync(
        name,
        static (reads, name) =>
        {
            Statement select = reads.Get("SELECT name, password_hash, created_at FROM accounts WHERE name = ?1").Bind(1, name);
            AccountRecord? found = select.Step() ? new AccountRecord(select.Text(0), select.Text(1), select.Long(2)) : null;
            select.Reset();
            return found;
        },
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<bool> AddAccountAsync(AccountRecord account, CancellationToken cancellationToken) => WriteAsync(
        log => log.Get("""
            INSERT INTO accounts SELECT ?1, ?2, ?3
            WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE name = ?1) AND NOT EXISTS (SELECT 1 FROM guests WHERE name = ?1 AND until >= ?3)
            """).Bind(1, account.Name).Bind(2, account.PasswordHash).Bind(3, account.CreatedAt).Execute() == 1,
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<bool> SetPasswordAsync(string name, string passwordHash, CancellationToken cancellationToken) => WriteAsync(
        log => log.Get("UPDATE accounts SET password_hash = ?2 WHERE name = ?1").Bind(1, name).Bind(2, passwordHash).Execute() == 1,
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<bool> ReserveGuestAsync(GuestRecord guest, long now, CancellationToken cancellationToken) => WriteAsync(
        log =>
        {
            log.Get("DELETE FROM guests WHERE name = ?1 AND until < ?2").Bind(1, guest.Name).Bind(2, now).Execute();
            return log.Get("""
                INSERT INTO guests SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE name = ?1)
                ON CONFLICT DO UPDATE SET until = MAX(until, excluded.until) WHERE holder = excluded.holder
                """).Bind(1, guest.Name).Bind(2, guest.Holder).Bind(3, guest.Until).Execute() == 1;
        },
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<GuestRecord?> FindGuestAsync(string name, CancellationToken cancellationToken) => pool.RunAsync(
        name,
        static (reads, name) =>
        {
            Statement select = reads.Get("SELECT name, holder, until FROM guests WHERE name = ?1").Bind(1, name);
            GuestRecord? found = select.Step() ? new GuestRecord(select.Text(0), select.Text(1), select.Long(2)) : null;
            select.Reset();
            return found;
        },
        cancellationToken);

    private ValueTask<bool> WriteAsync(Func<LogStatements, bool> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.RunAsync(write);
    }
}
