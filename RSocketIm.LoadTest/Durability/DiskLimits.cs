using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace RSocketIm.LoadTest.Durability;

/// <summary>What this disk can do for who writes to it directly, measured in a directory of the same file system.</summary>
internal static class DiskLimits
{
    /// <summary>Appends of a block and an fsync each, per second.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="blockBytes">Bytes of an append.</param>
    /// <param name="duration">How long to measure.</param>
    public static double AppendsPerSecond(string directory, int blockBytes, TimeSpan duration)
    {
        string path = Path.Combine(directory, "append.tmp");
        byte[] block = new byte[blockBytes];
        Random.Shared.NextBytes(block);
        long appends = 0;
        Stopwatch watch = new();
        using (FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            watch.Start();
            while (watch.Elapsed < duration)
            {
                file.Write(block);
                file.Flush(flushToDisk: true);
                appends++;
            }
        }

        double perSecond = appends / watch.Elapsed.TotalSeconds;
        File.Delete(path);
        return perSecond;
    }

    /// <summary>Rows of a message's size that SQLite commits one by one, per second: WAL, <c>synchronous=FULL</c>.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="messageBytes">Bytes of a row.</param>
    /// <param name="duration">How long to measure.</param>
    public static double TransactionsPerSecond(string directory, int messageBytes, TimeSpan duration)
    {
        string path = Path.Combine(directory, "single.db");
        byte[] message = new byte[messageBytes];
        long transactions = 0;
        Stopwatch watch = new();
        using (SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE messages (seq INTEGER PRIMARY KEY, data BLOB NOT NULL);";
            command.ExecuteNonQuery();
            command.CommandText = "INSERT INTO messages (data) VALUES ($data)";
            command.Parameters.AddWithValue("$data", message);
            command.Prepare();
            watch.Start();
            while (watch.Elapsed < duration)
            {
                command.ExecuteNonQuery();
                transactions++;
            }
        }

        double perSecond = transactions / watch.Elapsed.TotalSeconds;
        File.Delete(path);
        return perSecond;
    }
}
