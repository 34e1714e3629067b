using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace RSocketIm.LoadTest.Engine;

/// <summary>What a process takes, as the operating system counts it.</summary>
internal static partial class ProcessUsage
{
    // CPUCLOCK_SCHED: nanoseconds that the scheduler gave to all threads of a process, those that have ended included.
    private const int SchedulerClock = 2;

    /// <summary>Processor time so far, of all threads.</summary>
    /// <param name="processId">A process of the same user.</param>
    public static TimeSpan CpuTime(int processId)
    {
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
        {
            Span<long> time = stackalloc long[2];
            if (GetTime((~processId << 3) | SchedulerClock, ref MemoryMarshal.GetReference(time)) == 0)
            {
                return TimeSpan.FromSeconds(time[0]) + TimeSpan.FromTicks(time[1] / TimeSpan.NanosecondsPerTick);
            }
        }

        using Process process = Process.GetProcessById(processId);
        return process.TotalProcessorTime;
    }

    /// <summary>Memory that is not swapped out and not shared with other processes, in bytes.</summary>
    /// <param name="processId">A process of the same user.</param>
    public static long ResidentBytes(int processId)
    {
        string file = $"/proc/{processId}/smaps_rollup";
        if (File.Exists(file))
        {
            // Private pages alone: the same program may run several times here, and what it shares with itself is nobody's cost for a connection.
            return File.ReadLines(file)
                .Where(static line => line.StartsWith("Private_", StringComparison.Ordinal))
                .Sum(static line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024);
        }

        using Process process = Process.GetProcessById(processId);
        return process.WorkingSet64;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, ref long time);
}
