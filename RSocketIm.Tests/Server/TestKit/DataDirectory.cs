using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>A data directory of a test's own, removed with it.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly StoreMetrics metrics = new();

    public string Path { get; } = System.IO.Directory.CreateTempSubdirectory("rsocketim-store-").FullName;

    public SqliteRoomStore Open(StoreOptions? options = null, TimeProvider? time = null, string? path = null)
    {
        options ??= new StoreOptions();
        return SqliteRoomStore.Open(
            new StoreOptions
            {
                Directory = path ?? Path,
                SendWindowAge = options.SendWindowAge,
                SendWindowCount = options.SendWindowCount,
                SendsInMemory = options.SendsInMemory,
                SendFilterBytes = 1 << 16,
                Retention = options.Retention,
            },
            metrics,
            time ?? TimeProvider.System,
            NullLogger<SqliteRoomStore>.Instance);
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Copies the files as a crash would leave them: whatever is in them now.</summary>
    public DataDirectory Copy()
    {
        DataDirectory copy = new();

        // The WAL after the database would miss a checkpoint in between; a crash stops both at once.
        foreach (string name in (string[])["log.db-wal", "log.db", "ids.db-wal", "ids.db", "search.db-wal", "search.db"])
        {
            if (System.IO.File.Exists(File(name)))
            {
                using FileStream source = new(File(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using FileStream target = new(copy.File(name), FileMode.Create);
                source.CopyTo(target);
            }
        }

        return copy;
    }

    /// <summary>Names of the files in which a text is found, in any case.</summary>
    public IReadOnlyList<string> FilesWith(string text)
    {
        List<string> found = [];
        foreach (string file in System.IO.Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            if (System.IO.Path.GetFileName(file) != StoreLock.FileName
                && System.Text.Encoding.Latin1.GetString(ReadShared(file)).Contains(text, StringComparison.OrdinalIgnoreCase))
            {
                found.Add(System.IO.Path.GetFileName(file));
            }
        }

        return found;
    }

    public void Dispose()
    {
        metrics.Dispose();
        System.IO.Directory.Delete(Path, recursive: true);
    }

    private static byte[] ReadShared(string file)
    {
        using FileStream source = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using MemoryStream content = new();
        source.CopyTo(content);
        return content.ToArray();
    }
}
