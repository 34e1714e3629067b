namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>One server a data directory: a file that is open, and so locked, for as long as the server runs. The system unlocks it when the process dies.</summary>
internal sealed class StoreLock : IDisposable
{
    public const string FileName = "store.lock";
    private readonly FileStream file;

    private StoreLock(FileStream file) => this.file = file;

    /// <exception cref="StoreOpenException">Another server has the directory, or it cannot be written.</exception>
    public static StoreLock Take(string directory)
    {
        try
        {
            Create(directory);
            return new StoreLock(new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (error is not DirectoryNotFoundException)
        {
            throw new StoreOpenException($"Data directory {directory} is in use by another server ({FileName} is locked): each server needs its own.", error);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new StoreOpenException($"Data directory {directory} cannot be written: {error.Message}", error);
        }
    }

    public void Dispose() => file.Dispose();

    // Messages and password hashes are nobody else's business; a directory that is there already is its owner's to guard.
    private static void Create(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
