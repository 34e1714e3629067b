using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RSocketIm.LoadTest.Servers;

/// <summary>What the system keeps of files in memory.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4; // POSIX_FADV_DONTNEED on Linux

    /// <summary>Has the system forget files, so that the next read of them is one of the disk. Other files keep their place.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="pattern">Their names.</param>
    /// <returns>Whether it could be asked.</returns>
    public static bool TryDrop(string directory, string pattern)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        foreach (string file in Directory.GetFiles(directory, pattern))
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(handle); // what is not on disk yet cannot be forgotten
            if (Advise((int)handle.DangerousGetHandle(), 0, 0, DontNeed) != 0)
            {
                return false;
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int file, long offset, long length, int advice);
}
