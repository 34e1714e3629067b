namespace RSocketIm.Server.Diagnostics;

/// <summary>Says how many bytes of memory the process uses.</summary>
internal delegate long MemoryMeasure();

/// <summary>What the runtime knows of memory.</summary>
internal static class ProcessMemory
{
    /// <summary>Managed memory in use, garbage included, and what the process holds besides the managed heap.</summary>
    /// <remarks>
    /// Not simply the working set: the runtime keeps the pages of a heap that was large once, and a server that looked at
    /// those would refuse everybody for ever after one busy hour.
    /// </remarks>
    public static long InUse()
    {
        long beside = Environment.WorkingSet - GC.GetGCMemoryInfo().TotalCommittedBytes;
        return GC.GetTotalMemory(forceFullCollection: false) + Math.Max(0, beside);
    }

    /// <summary>What the process may have: the container's limit, or the machine's memory.</summary>
    public static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
