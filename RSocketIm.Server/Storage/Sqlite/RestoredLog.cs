using System.Globalization;
using Microsoft.Data.Sqlite;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Gives every room a new epoch when a log goes back in time.</summary>
/// <remarks>
/// A restored log gives seqs again that readers know with other entries. So a backup says that it is one, and the first
/// start on it, or on any copy of it, makes new epochs at random: two restores of the same backup are different logs too.
/// The blocks stay as they are; their checksums keep the epoch they were made with.
/// </remarks>
internal static class RestoredLog
{
    private const string MarkKey = "backup_taken";

    /// <summary>Says in a backup that it is one.</summary>
    public static void Mark(Database backup, DateTimeOffset taken) =>
        backup.Execute($"INSERT OR REPLACE INTO meta VALUES ('{MarkKey}', '{taken.ToString("O", CultureInfo.InvariantCulture)}')");

    /// <summary>Removes a WAL that lies beside a backup: a crashed server's, when the backup was copied over its directory.</summary>
    /// <remarks>
    /// SQLite would read it into the backup. A file that itself says it is a backup has nothing in a WAL of its own but,
    /// at most, a renewal that a crash cut off, which is then done again: <see cref="RenewIfMarked"/> lets nothing follow
    /// before the renewal is in the file.
    /// </remarks>
    public static void DropForeignWal(string path, ILogger log)
    {
        FileInfo wal = new(path + "-wal");
        if (!wal.Exists || wal.Length == 0 || !IsMarked(path))
        {
            return;
        }

        log.ForeignWalDropped(wal.Name);
        File.Delete(path + "-shm");
        wal.Delete();
    }

    /// <summary>Renews the epochs if this is a backup on which no server was started yet.</summary>
    /// <exception cref="StoreOpenException">Another program reads the file, so that the renewal cannot be brought into it.</exception>
    public static void RenewIfMarked(Database database, ILogger log)
    {
        if (database.ReadTexts($"SELECT value FROM meta WHERE key = '{MarkKey}'") is not [string taken])
        {
            return;
        }

        int rooms = Renew(database);
        log.Restored(taken, rooms);
    }

    /// <summary>Gives every room a new epoch, and the log a new name, so that files made from its earlier life are made again.</summary>
    /// <returns>How many rooms there are.</returns>
    /// <exception cref="StoreOpenException">Another program reads the file, so that the renewal cannot be brought into it.</exception>
    public static int Renew(Database database)
    {
        database.InOneTransaction(() => database.Execute($"""
            UPDATE rooms SET log_epoch = COALESCE(log_epoch, epoch), epoch = lower(hex(randomblob(8)));
            UPDATE meta SET value = '{LogSchema.NewLogId()}' WHERE key = 'log_id';
            DELETE FROM meta WHERE key = '{MarkKey}';
            """));
        return database.TryTruncateWal()
            ? (int)database.ReadLong("SELECT COUNT(*) FROM rooms")
            : throw new StoreOpenException($"{database.Path} has new epochs, but another program is reading it; end that and start again.");
    }

    private static bool IsMarked(string path)
    {
        try
        {
            using Database alone = Database.OpenWithoutWal(path);
            return alone.ReadTexts($"SELECT value FROM meta WHERE key = '{MarkKey}'").Count > 0;
        }
        catch (SqliteException)
        {
            // Torn by a crash in the middle of a checkpoint, or new: its WAL is its own and makes it whole.
            return false;
        }
    }
}
