using System.Globalization;
using System.Runtime.InteropServices;

namespace RSocketIm.LoadTest.Works;

/// <summary>Where and when it was measured.</summary>
internal sealed record Machine(string System, string Processor, int Processors, long MemoryBytes, string Runtime, string Time)
{
    public static Machine Describe() => new(
        RuntimeInformation.OSDescription,
        ReadProcessor(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        RuntimeInformation.FrameworkDescription,
        DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));

    private static string ReadProcessor()
    {
        const string Info = "/proc/cpuinfo";
        const string Key = "model name";
        string? line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(static line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
