using Microsoft.Win32.SafeHandles;

namespace RSocketIm.Server.Attachments;

/// <summary>The files on disk, each under the hash of its content: <c>ab/cdef…</c>; those that are still coming in <c>incoming/</c>.</summary>
internal sealed class AttachmentFiles
{
    /// <summary>The directory of files that are still coming, beside those of the contents.</summary>
    internal const string Incoming = "incoming";

    // A content is either coming or going: who adds a name for it and who removes the last take turns, a sixteenth of all contents at a time.
    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];
    private readonly string root;
    private readonly string incoming;

    /// <summary>Makes the directories, and removes what an earlier run did not finish.</summary>
    public AttachmentFiles(AttachmentOptions options)
    {
        root = Path.GetFullPath(options.Directory);
        incoming = Path.Combine(root, Incoming);
        Directory.CreateDirectory(incoming);
        foreach (string leftOver in Directory.EnumerateFiles(incoming))
        {
            File.Delete(leftOver);
        }
    }

    /// <summary>Waits for the turn of a content.</summary>
    /// <returns>To be disposed when the turn is over.</returns>
    public async ValueTask<IDisposable> TakeTurnAsync(string hash)
    {
        SemaphoreSlim turn = turns[Convert.ToInt32(hash[..1], 16)];
        await turn.WaitAsync().ConfigureAwait(false);
        return new Turn(turn);
    }

    /// <summary>The name of a file that is to come.</summary>
    public string NewIncoming() => Path.Combine(incoming, Path.GetRandomFileName());

    /// <summary>Gives a file that has come, and has been synced, its name; durable when this returns. In the content's turn.</summary>
    public void Adopt(string path, string hash)
    {
        string final = PathOf(hash);
        string directory = Path.GetDirectoryName(final)!;
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory);
            DirectorySync.Flush(root);
        }

        // The same content may be there already: then it is replaced by itself.
        File.Move(path, final, overwrite: true);
        DirectorySync.Flush(directory);
    }

    /// <summary>Opens a file for reading, which goes on when it is deleted meanwhile.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public SafeFileHandle Open(string hash) =>
        File.OpenHandle(PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous);

    /// <summary>Deletes a file, if it is there. In the content's turn.</summary>
    public void Delete(string hash)
    {
        string path = PathOf(hash);
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    /// <summary>The hashes of all files.</summary>
    public IEnumerable<string> Hashes() => HashesIn(root);

    /// <summary>The hashes of all files below a directory like this one, which need not be a server's.</summary>
    internal static IEnumerable<string> HashesIn(string root)
    {
        foreach (string directory in Directory.EnumerateDirectories(root).Where(static directory => Path.GetFileName(directory) != Incoming))
        {
            foreach (string file in Directory.EnumerateFiles(directory))
            {
                yield return Path.GetFileName(directory) + Path.GetFileName(file);
            }
        }
    }

    /// <summary>Where the file of a content is.</summary>
    // 256 directories: none of them gets too long to look through.
    internal static string PathIn(string root, string hash) => Path.Combine(root, hash[..2], hash[2..]);

    private string PathOf(string hash) => PathIn(root, hash);

    private sealed class Turn(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
