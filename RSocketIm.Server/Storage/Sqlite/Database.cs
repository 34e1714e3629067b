using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>One connection to one SQLite file, with the statements prepared on it. For one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    // Connections get into each other's way when a file is opened after a crash, and then for a moment.
    private const int BusyMilliseconds = 5000;

    private readonly SqliteConnection connection;
    private readonly List<Statement> statements = [];

    private Database(string path, bool write)
    {
        Path = path;
        connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = write ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ToString());
        connection.Open();
    }

    public string Path { get; }

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(connection.Handle!) == 0;

    /// <summary>Memory that pages of the file take in this connection now, in bytes; for tests.</summary>
    internal int PageCacheUsed
    {
        get
        {
            raw.sqlite3_db_status(connection.Handle!, raw.SQLITE_DBSTATUS_CACHE_USED, out int used, out _, 0);
            return used;
        }
    }

    /// <summary>Opens a file to write, and makes it where there is none. There is one such connection a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="durable">Whether a commit waits for the disk; derived files do not need that.</param>
    /// <param name="cacheBytes">Page cache, in bytes.</param>
    public static Database OpenWriter(string path, bool durable, long cacheBytes)
    {
        Database database = new(path, write: true);
        try
        {
            // 4 KiB pages (SQLite's default): a commit that adds a little to many rooms writes a page or two for each, and
            // larger pages made those commits 1.2 to 2 times slower. secure_delete: what is deleted is overwritten.
            // No automatic checkpoint: the writer does it after it has answered, not before.
            database.Execute($"""
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = {(durable ? "FULL" : "NORMAL")};
                PRAGMA secure_delete = ON;
                PRAGMA foreign_keys = OFF;
                PRAGMA wal_autocheckpoint = {(durable ? 0 : 1000)};
                PRAGMA cache_size = -{cacheBytes / 1024};
                PRAGMA temp_store = MEMORY;
                PRAGMA busy_timeout = {BusyMilliseconds};
                """);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens an existing file to read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cacheBytes">Page cache, in bytes.</param>
    public static Database OpenReader(string path, long cacheBytes)
    {
        Database database = new(path, write: false);
        database.Execute($"PRAGMA query_only = ON; PRAGMA cache_size = -{cacheBytes / 1024}; PRAGMA busy_timeout = {BusyMilliseconds};");
        return database;
    }

    /// <summary>Opens a file to read what is in it alone, without its WAL; nothing of the directory is touched.</summary>
    /// <param name="path">The file, which nobody else has open.</param>
    public static Database OpenWithoutWal(string path) => new($"{new Uri(path).AbsoluteUri}?immutable=1", write: false);

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        Statement statement = new(connection.Handle!, sql);
        statements.Add(statement);
        return statement;
    }

    /// <summary>Prepares a statement that is the caller's to dispose.</summary>
    public Statement PrepareOnce(string sql) => new(connection.Handle!, sql);

    /// <summary>Runs statements once.</summary>
    public void Execute(string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text of this folder; nobody's input.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Reads the number a statement gives; 0 when it gives none.</summary>
    public long ReadLong(string sql)
    {
        using Statement statement = new(connection.Handle!, sql);
        return statement.ReadLong() ?? 0;
    }

    /// <summary>Reads the first column of all rows.</summary>
    public List<string> ReadTexts(string sql)
    {
        using Statement statement = new(connection.Handle!, sql);
        List<string> texts = [];
        while (statement.Step())
        {
            texts.Add(statement.Text(0));
        }

        return texts;
    }

    /// <summary>Runs an action in a transaction: all of it or nothing.</summary>
    public void InOneTransaction(Action action)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            action();
            Execute("COMMIT");
        }
        catch
        {
            if (InTransaction)
            {
                Execute("ROLLBACK");
            }

            throw;
        }
    }

    /// <summary>Copies the log of changes into the file and empties it.</summary>
    /// <returns>False when a reader is in the way; try again.</returns>
    public bool TryTruncateWal()
    {
        // Not to wait for a backup or a long search: commits come through this very connection.
        Execute("PRAGMA busy_timeout = 0");
        try
        {
            return ReadLong("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
        }
        finally
        {
            Execute($"PRAGMA busy_timeout = {BusyMilliseconds}");
        }
    }

    /// <summary>Copies the whole file, as it is now, into another.</summary>
    public void CopyTo(string path)
    {
        using SqliteConnection target = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        target.Open();
        connection.BackupDatabase(target);
    }

    public void Dispose()
    {
        foreach (Statement statement in statements)
        {
            statement.Dispose();
        }

        connection.Dispose();
    }
}
