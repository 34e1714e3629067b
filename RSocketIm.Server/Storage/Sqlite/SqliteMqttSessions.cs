namespace RSocketIm.Server.Storage.Sqlite;

/// <inheritdoc />
internal sealed class SqliteMqttSessions(LogWriter writer, ReadPool<LogReads> pool) : IMqttSessionStore
{
    private static readonly string[] Tables = ["mqtt_subscriptions", "mqtt_cursors", "mqtt_in_flight", "mqtt_received"];

    /// <inheritdoc />
    public ValueTask<(StoredMqttSession Session, long ExpiresAt)?> FindSessionAsync(string user, string client, CancellationToken cancellationToken) => pool.RunAsync(
        (user, client),
        static (reads, name) => Find(reads, name.user, name.client),
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<long> CountSessionsAsync(string user, CancellationToken cancellationToken) => pool.RunAsync(
        user,
        static (reads, user) => reads.Get("SELECT COUNT(*) FROM mqtt_sessions WHERE user = ?1").Bind(1, user).ReadLong() ?? 0,
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<long> AddSessionAsync(MqttSessionRecord session, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.RunAsync(log =>
        {
            if (log.Get("SELECT number FROM mqtt_sessions WHERE user = ?1 AND client = ?2").Bind(1, session.User).Bind(2, session.Client).ReadLong() is { } old)
            {
                Remove(log, old);
            }

            log.Get("INSERT INTO mqtt_sessions (user, client, tag, expiry) VALUES (?1, ?2, ?3, ?4)")
                .Bind(1, session.User).Bind(2, session.Client).Bind(3, session.Tag).Bind(4, session.ExpirySeconds).Execute();
            return log.Get("SELECT last_insert_rowid()").ReadLong()!.Value;
        });
    }

    /// <inheritdoc />
    public async ValueTask WriteSessionAsync(long number, MqttSessionChanges changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await writer.RunAsync(log =>
        {
            bool isThere = log.Get("SELECT 1 FROM mqtt_sessions WHERE number = ?1").Bind(1, number).ReadLong() is not null;
            if (isThere)
            {
                Write(log, number, changes);
            }

            return isThere;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask AttachSessionAsync(long number, uint expirySeconds, byte[]? will, CancellationToken cancellationToken) => RunAsync(
        log =>
        {
            Statement update = log.Get("UPDATE mqtt_sessions SET expires_at = NULL, expiry = ?2, will = ?3 WHERE number = ?1").Bind(1, number).Bind(2, expirySeconds);
            (will is null ? update.Bind(3, (string?)null) : update.Bind(3, will.AsSpan())).Execute();
        },
        cancellationToken);

    /// <inheritdoc />
    public ValueTask DetachSessionAsync(long number, uint expirySeconds, long expiresAt, bool keepWill, CancellationToken cancellationToken) => RunAsync(
        log => log.Get("UPDATE mqtt_sessions SET expiry = ?2, expires_at = ?3, will = CASE WHEN ?4 THEN will END WHERE number = ?1")
            .Bind(1, number).Bind(2, expirySeconds).Bind(3, expiresAt).Bind(4, keepWill ? 1 : 0).Execute(),
        cancellationToken);

    /// <inheritdoc />
    public ValueTask DropWillAsync(long number, CancellationToken cancellationToken) =>
        RunAsync(log => log.Get("UPDATE mqtt_sessions SET will = NULL WHERE number = ?1").Bind(1, number).Execute(), cancellationToken);

    /// <inheritdoc />
    public ValueTask RemoveSessionAsync(long number, CancellationToken cancellationToken) => RunAsync(log => Remove(log, number), cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<(long Number, MqttSessionRecord Session, byte[] Will)>> RecoverSessionsAsync(long now, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.RunAsync<IReadOnlyList<(long, MqttSessionRecord, byte[])>>(log =>
        {
            log.Get("UPDATE mqtt_sessions SET expires_at = CASE WHEN expiry = ?2 THEN ?3 ELSE ?1 + expiry * 1000 END WHERE expires_at IS NULL")
                .Bind(1, now).Bind(2, uint.MaxValue).Bind(3, long.MaxValue).Execute();
            Statement wills = log.Get("SELECT number, user, client, tag, expiry, will FROM mqtt_sessions WHERE will IS NOT NULL");
            List<(long, MqttSessionRecord, byte[])> found = [];
            while (wills.Step())
            {
                found.Add((wills.Long(0), new MqttSessionRecord(wills.Text(1), wills.Text(2), wills.Text(3), (uint)wills.Long(4)), wills.Blob(5)));
            }

            return found;
        });
    }

    /// <inheritdoc />
    public async ValueTask<int> ExpireSessionsAsync(long now, int limit, CancellationToken cancellationToken)
    {
        // Nearly always there is none, which a read can tell.
        bool any = await pool.RunAsync(
            now,
            static (reads, now) => reads.Get("SELECT 1 FROM mqtt_sessions WHERE expires_at < ?1 LIMIT 1").Bind(1, now).ReadLong() is not null,
            cancellationToken).ConfigureAwait(false);
        return !any ? 0 : await writer.RunAsync(log =>
        {
            // A will that is still to be published keeps its session: the will ends with it, and is published first.
            Statement select = log.Get("SELECT number FROM mqtt_sessions WHERE expires_at < ?1 AND will IS NULL LIMIT ?2").Bind(1, now).Bind(2, limit);
            List<long> expired = [];
            while (select.Step())
            {
                expired.Add(select.Long(0));
            }

            expired.ForEach(number => Remove(log, number));
            return expired.Count;
        }).ConfigureAwait(false);
    }

    private static (StoredMqttSession Session, long ExpiresAt)? Find(LogReads reads, string user, string client)
    {
        Statement select = reads.Get("SELECT number, tag, expiry, expires_at FROM mqtt_sessions WHERE user = ?1 AND client = ?2").Bind(1, user).Bind(2, client);
        if (!select.Step())
        {
            return null;
        }

        long number = select.Long(0);
        MqttSessionRecord session = new(user, client, select.Text(1), (uint)select.Long(2));
        long expiresAt = select.IsNull(3) ? long.MaxValue : select.Long(3);
        select.Reset();
        return (new StoredMqttSession(
            number,
            session,
            Read(reads.Get("SELECT filter, options, identifier FROM mqtt_subscriptions WHERE session = ?1"), number, static row =>
                new MqttSubscriptionRecord(row.Text(0), (byte)row.Long(1), (int)row.Long(2))),
            Read(reads.Get("SELECT filter, room, topic, epoch, seq FROM mqtt_cursors WHERE session = ?1"), number, static row =>
                new MqttCursorRecord(new MqttCursorKey(row.Text(0), row.Text(1), (int)row.Long(2)), row.Text(3), row.Long(4))),
            Read(reads.Get("SELECT packet, place, filter, room, topic, seq, flags FROM mqtt_in_flight WHERE session = ?1 ORDER BY place"), number, static row =>
                new MqttInFlightRecord(
                    (ushort)row.Long(0),
                    row.Long(1),
                    new MqttCursorKey(row.Text(2), row.Text(3), (int)row.Long(4)),
                    row.Long(5),
                    (int)row.Long(6) & 3,
                    (row.Long(6) & 4) != 0,
                    (row.Long(6) & 8) != 0)),
            Read(reads.Get("SELECT packet, message FROM mqtt_received WHERE session = ?1"), number, static row =>
                new MqttReceivedRecord((ushort)row.Long(0), row.Text(1)))), expiresAt);
    }

    private static List<T> Read<T>(Statement select, long number, Func<Statement, T> read)
    {
        List<T> rows = [];
        select.Bind(1, number);
        while (select.Step())
        {
            rows.Add(read(select));
        }

        return rows;
    }

    private static void Remove(LogStatements log, long number)
    {
        foreach (string table in Tables)
        {
            log.Get($"DELETE FROM {table} WHERE session = ?1").Bind(1, number).Execute();
        }

        log.Get("DELETE FROM mqtt_sessions WHERE number = ?1").Bind(1, number).Execute();
    }

    private static void Write(LogStatements log, long number, MqttSessionChanges changes)
    {
        foreach (string filter in changes.Unsubscribed)
        {
            log.Get("DELETE FROM mqtt_subscriptions WHERE session = ?1 AND filter = ?2").Bind(1, number).Bind(2, filter).Execute();
            log.Get("DELETE FROM mqtt_cursors WHERE session = ?1 AND filter = ?2").Bind(1, number).Bind(2, filter).Execute();
        }

        foreach (MqttSubscriptionRecord subscription in changes.Subscribed)
        {
            log.Get("INSERT OR REPLACE INTO mqtt_subscriptions VALUES (?1, ?2, ?3, ?4)")
                .Bind(1, number).Bind(2, subscription.Filter).Bind(3, subscription.Options).Bind(4, subscription.Identifier).Execute();
        }

        foreach (MqttCursorKey key in changes.Closed)
        {
            log.Get("DELETE FROM mqtt_cursors WHERE session = ?1 AND filter = ?2 AND room = ?3 AND topic = ?4")
                .Bind(1, number).Bind(2, key.Filter).Bind(3, key.Room).Bind(4, key.Topic).Execute();
        }

        foreach (MqttCursorRecord cursor in changes.Cursors.Values)
        {
            log.Get("INSERT OR REPLACE INTO mqtt_cursors VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                .Bind(1, number).Bind(2, cursor.Key.Filter).Bind(3, cursor.Key.Room).Bind(4, cursor.Key.Topic).Bind(5, cursor.Epoch).Bind(6, cursor.Seq).Execute();
        }

        foreach (ushort packet in changes.Completed)
        {
            log.Get("DELETE FROM mqtt_in_flight WHERE session = ?1 AND packet = ?2").Bind(1, number).Bind(2, packet).Execute();
        }

        foreach (ushort packet in changes.Released)
        {
            log.Get("UPDATE mqtt_in_flight SET flags = flags | 8 WHERE session = ?1 AND packet = ?2").Bind(1, number).Bind(2, packet).Execute();
        }

        foreach (MqttInFlightRecord sent in changes.Sent)
        {
            int flags = sent.Qos | (sent.Retained ? 4 : 0) | (sent.Released ? 8 : 0);
            log.Get("INSERT OR REPLACE INTO mqtt_in_flight VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
                .Bind(1, number).Bind(2, sent.PacketId).Bind(3, sent.Order).Bind(4, sent.Key.Filter).Bind(5, sent.Key.Room).Bind(6, sent.Key.Topic).Bind(7, sent.Seq)
                .Bind(8, flags).Execute();
        }

        foreach (ushort packet in changes.Forgotten)
        {
            log.Get("DELETE FROM mqtt_received WHERE session = ?1 AND packet = ?2").Bind(1, number).Bind(2, packet).Execute();
        }

        foreach (MqttReceivedRecord received in changes.Received)
        {
            log.Get("INSERT OR REPLACE INTO mqtt_received VALUES (?1, ?2, ?3)").Bind(1, number).Bind(2, received.PacketId).Bind(3, received.MessageId).Execute();
        }
    }

    private async ValueTask RunAsync(Action<LogStatements> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await writer.RunAsync(log =>
        {
            write(log);
            return true;
        }).ConfigureAwait(false);
    }
}
