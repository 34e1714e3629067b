using Microsoft.Data.Sqlite;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Opens a file that is derived from the log; one that is not of this log, newer than it or unreadable is made again.</summary>
/// <remarks>The log is the truth: deleting a derived file loses nothing but time.</remarks>
internal static class DerivedFile
{
    /// <param name="path">The file.</param>
    /// <param name="migration">Its schema, with tables <c>meta</c> and <c>marks</c>.</param>
    /// <param name="logId">The log it must be of.</param>
    /// <param name="slots">The rooms.</param>
    /// <param name="cacheBytes">Page cache, in bytes.</param>
    /// <param name="log">Where a file that had to go is told.</param>
    /// <param name="mark">Told up to which seq the file has each room.</param>
    public static Database Open(
        string path, SchemaMigration migration, string logId, RoomSlots slots, long cacheBytes, ILogger log, Action<RoomSlot, long> mark)
    {
        Database? database = null;
        try
        {
            database = Database.OpenWriter(path, durable: false, cacheBytes);
            migration.Run(database);
            if (IsOf(database, logId, slots, mark))
            {
                return database;
            }

            log.DerivedFileDropped(path, null);
        }
        catch (Exception error) when (error is SqliteException or StoreOpenException)
        {
            log.DerivedFileDropped(path, error);
        }

        database?.Dispose();
        foreach (string suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
        {
            File.Delete(path + suffix);
        }

        foreach (RoomSlot slot in slots.All)
        {
            mark(slot, 0);
        }

        database = Database.OpenWriter(path, durable: false, cacheBytes);
        migration.Run(database);
        database.Execute($"INSERT INTO meta VALUES ('log_id', '{logId}')");
        return database;
    }

    private static bool IsOf(Database database, string logId, RoomSlots slots, Action<RoomSlot, long> mark)
    {
        List<string> ids = database.ReadTexts("SELECT value FROM meta WHERE key = 'log_id'");
        if (ids.Count == 0)
        {
            // It has just been made.
            database.Execute($"INSERT INTO meta VALUES ('log_id', '{logId}')");
            return true;
        }

        using Statement marks = database.PrepareOnce("SELECT room, seq FROM marks");
        while (ids[0] == logId && marks.Step())
        {
            // A log that is behind was put back from somewhere: what the file says of the rest may be of another history.
            if (slots.Find((int)marks.Long(0)) is not { } slot || slot.Head < marks.Long(1))
            {
                return false;
            }

            mark(slot, marks.Long(1));
        }

        return ids[0] == logId;
    }
}
