using System.Runtime.InteropServices;

namespace RSocketIm.Server.Attachments;

/// <summary>Makes the names in a directory durable. A file that was synced may still lose its new name in a power cut.</summary>
internal static class DirectorySync
{
    private const int ReadOnly = 0;

    /// <summary>Syncs a directory. On Windows there is no such call, and none is needed: NTFS keeps a journal of names.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
        {
            throw Failure("opened", directory);
        }

        int result = Sync(descriptor);
        IOException? failure = result == 0 ? null : Failure("synced", directory);
        _ = Close(descriptor);
        if (failure is not null)
        {
            throw failure;
        }
    }

    private static IOException Failure(string done, string directory) =>
        new($"Directory {directory} could not be {done}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
