namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>A copy of the log while it is written to: SQLite copies one snapshot, and nobody waits.</summary>
internal static class Backup
{
    /// <summary>Makes the copy.</summary>
    /// <param name="log">A reader of the log.</param>
    /// <param name="directory">A directory that does not exist or is empty.</param>
    /// <exception cref="IOException">The directory is not empty.</exception>
    public static void Write(Database log, string directory)
    {
        Directory.CreateDirectory(directory);
        if (Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new IOException($"{directory} is not empty; a backup needs a directory of its own.");
        }

        string path = Path.Combine(directory, LogSchema.FileName);
        string unfinished = path + ".part";
        log.CopyTo(unfinished);
        using (Database copy = Database.OpenWriter(unfinished, durable: true, 1 << 20))
        {
            // A history of its own from here on: derived files of the original must not be taken for this log's.
            copy.Execute($"UPDATE meta SET value = '{LogSchema.NewLogId()}' WHERE key = 'log_id'");

            // Whoever starts on it need not think of it.
            RestoredLog.Mark(copy, DateTimeOffset.UtcNow);
            copy.TryTruncateWal();
        }

        // Closed, a database has its WAL in it; the name says that it is complete.
        File.Move(unfinished, path);
    }
}
