using System.Globalization;
using System.Security.Cryptography;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>The tables of <c>log.db</c>, the truth. Everything in other files can be made again from it.</summary>
internal static class LogSchema
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "log.db";

    /// <summary>The way from an empty file to this program's version.</summary>
    public static SchemaMigration Migration { get; } = new(FileName, [Initial, EpochsQuotasAndGuests, MqttSessions]);

    // blocks: a table that grows at its end, and an index by place. Clustering the blocks by room instead (place as primary
    // key) made a commit of one entry to each of 1,000 rooms 4 times slower, and 16 entries to each of 64 rooms 1.5
    // times: every room then splits pages of its own. The small columns come before data, so that reading them does not walk the overflow pages.
    //
    // heads says again what the last blocks say: a lost last block shows, and its seqs are not given twice.
    private static void Initial(Database database) => database.Execute($"""
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta VALUES
            ('created', '{DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture)}'),
            ('log_id', '{NewLogId()}'),
            ('hash_key', '{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}'),
            ('recoveries', '0');

        CREATE TABLE rooms (
            number INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE, title TEXT NOT NULL, kind INTEGER NOT NULL, epoch TEXT NOT NULL,
            created_at INTEGER NOT NULL, created_by TEXT NOT NULL, first_seq INTEGER NOT NULL DEFAULT 1,
            keep_entries INTEGER, keep_ms INTEGER) STRICT;
        CREATE TABLE heads (room INTEGER PRIMARY KEY, head INTEGER NOT NULL, head_at INTEGER NOT NULL) STRICT;
        CREATE TABLE members (
            room INTEGER NOT NULL, user TEXT NOT NULL, standing INTEGER NOT NULL, joined_at INTEGER NOT NULL, joined_seq INTEGER NOT NULL,
            PRIMARY KEY (room, user)) STRICT, WITHOUT ROWID;

        CREATE TABLE blocks (
            number INTEGER PRIMARY KEY, place INTEGER NOT NULL, last_seq INTEGER NOT NULL, last_at INTEGER NOT NULL,
            messages INTEGER NOT NULL, checksum INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
        CREATE INDEX blocks_by_place ON blocks (place, last_seq);
        CREATE TABLE damaged (
            number INTEGER PRIMARY KEY, place INTEGER NOT NULL, last_seq INTEGER NOT NULL, found_at INTEGER NOT NULL,
            checksum INTEGER NOT NULL, data BLOB NOT NULL) STRICT;

        CREATE TABLE changes (target INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (target, seq)) STRICT, WITHOUT ROWID;
        CREATE TABLE scrubs (target INTEGER PRIMARY KEY) STRICT;

        CREATE TABLE receipts (
            room INTEGER NOT NULL, user TEXT NOT NULL, read_seq INTEGER NOT NULL, PRIMARY KEY (room, user)) STRICT, WITHOUT ROWID;
        CREATE TABLE accounts (name TEXT PRIMARY KEY, password_hash TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE guests (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE attachments (
            id TEXT PRIMARY KEY, room TEXT NOT NULL, hash TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, type TEXT NOT NULL,
            uploaded_by TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX attachments_by_hash ON attachments (hash);
        CREATE INDEX attachments_by_age ON attachments (created_at);
        CREATE TABLE attachment_uses (place INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (place, id)) STRICT, WITHOUT ROWID;
        CREATE INDEX attachment_uses_by_id ON attachment_uses (id);
        """);

    // log_epoch: what the checksums of a room's blocks were made with, when its epoch has been renewed since (null: the epoch).
    // attachment_rooms: bytes of the different contents that a room's attachments have.
    private static void EpochsQuotasAndGuests(Database database) => database.Execute("""
        ALTER TABLE rooms ADD COLUMN log_epoch TEXT;
        CREATE TABLE attachment_rooms (room TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX attachments_by_room ON attachments (room, hash, size);
        INSERT INTO attachment_rooms SELECT room, SUM(size) FROM (SELECT DISTINCT room, hash, size FROM attachments) GROUP BY room;
        CREATE INDEX guests_by_end ON guests (until);
        """);

    // expires_at: null while a client is connected, or was when the server ended. flags: QoS, 4 retained, 8 the client has it. A
    // received message of QoS 2 is under its id in the room's log, or will be when the client sends it again.
    private static void MqttSessions(Database database) => database.Execute("""
        CREATE TABLE mqtt_sessions (
            number INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, client TEXT NOT NULL, tag TEXT NOT NULL, expiry INTEGER NOT NULL,
            expires_at INTEGER, will BLOB, UNIQUE (user, client)) STRICT;
        CREATE INDEX mqtt_sessions_by_end ON mqtt_sessions (expires_at);
        CREATE TABLE mqtt_subscriptions (
            session INTEGER NOT NULL, filter TEXT NOT NULL, options INTEGER NOT NULL, identifier INTEGER NOT NULL,
            PRIMARY KEY (session, filter)) STRICT, WITHOUT ROWID;
        CREATE TABLE mqtt_cursors (
            session INTEGER NOT NULL, filter TEXT NOT NULL, room TEXT NOT NULL, topic INTEGER NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (session, filter, room, topic)) STRICT, WITHOUT ROWID;
        CREATE TABLE mqtt_in_flight (
            session INTEGER NOT NULL, packet INTEGER NOT NULL, place INTEGER NOT NULL, filter TEXT NOT NULL, room TEXT NOT NULL, topic INTEGER NOT NULL,
            seq INTEGER NOT NULL, flags INTEGER NOT NULL, PRIMARY KEY (session, packet)) STRICT, WITHOUT ROWID;
        CREATE TABLE mqtt_received (
            session INTEGER NOT NULL, packet INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY (session, packet)) STRICT, WITHOUT ROWID;
        """);

    /// <summary>A new name for a log: derived files say of which log they are made.</summary>
    public static string NewLogId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
