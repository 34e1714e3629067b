using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace RSocketIm.Tests.TestKit;

/// <summary>A directory on which little can be written until a test frees space: a small file system of its own, or where none may be mounted a limit on the size of files.</summary>
/// <remarks>Both are the system's: the process under test gets real errors from real writes.</remarks>
internal abstract class ScarceDisk : IAsyncDisposable
{
    private const long Mount = 8 << 20;
    private const long Ballast = 4 << 20;
    private const long LargestFile = 1 << 20;

    /// <summary>Where a data directory goes.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("rsocketim-full-").FullName;

    /// <summary>What makes it scarce, for the test's output.</summary>
    public abstract string Means { get; }

    /// <summary>A small file system; null where mounting is not allowed.</summary>
    public static async Task<ScarceDisk?> TryMountAsync()
    {
        Mounted disk = new();
        (bool mounted, string why) = await TryRunAsync("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={Mount}"), "tmpfs", disk.Directory);
        if (mounted)
        {
            disk.IsMounted = true;
            await File.WriteAllBytesAsync(disk.BallastFile, new byte[Ballast]);
            return disk;
        }

        await disk.DisposeAsync();
        Console.WriteLine($"Not mounted: {why}");
        return null;
    }

    /// <summary>A limit on the size of each file.</summary>
    public static ScarceDisk OfSmallFiles() => new SmallFiles();

    /// <summary>Makes space scarce for a process that has started.</summary>
    public abstract Task LimitAsync(int processId);

    /// <summary>Makes space, without the process being told.</summary>
    public abstract Task FreeAsync();

    public virtual ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<(bool Done, string Errors)> TryRunAsync(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode == 0, errors.Trim());
        }
        catch (Win32Exception error)
        {
            return (false, error.Message);
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        (bool done, string errors) = await TryRunAsync(program, arguments);
        Assert.True(done, $"{program} {string.Join(' ', arguments)}: {errors}");
    }

    private sealed class Mounted : ScarceDisk
    {
        public bool IsMounted { get; set; }

        public string BallastFile => Path.Combine(Directory, "ballast");

        public override string Means => $"a file system of {Mount >> 20} MiB, {Ballast >> 20} of them taken";

        public override Task LimitAsync(int processId) => Task.CompletedTask;

        public override Task FreeAsync()
        {
            File.Delete(BallastFile);
            return Task.CompletedTask;
        }

        public override async ValueTask DisposeAsync()
        {
            if (IsMounted)
            {
                await RunAsync("umount", Directory);
            }

            await base.DisposeAsync();
        }
    }

    private sealed class SmallFiles : ScarceDisk
    {
        private string processId = "";

        public override string Means => $"files of at most {LargestFile >> 20} MiB";

        // The soft limit alone, so that it can be raised again without privileges.
        public override Task LimitAsync(int processId)
        {
            this.processId = processId.ToString(CultureInfo.InvariantCulture);
            return RunAsync("prlimit", "--pid", this.processId, string.Create(CultureInfo.InvariantCulture, $"--fsize={LargestFile}:"));
        }

        public override Task FreeAsync() => RunAsync("prlimit", "--pid", processId, "--fsize=unlimited:");
    }
}
