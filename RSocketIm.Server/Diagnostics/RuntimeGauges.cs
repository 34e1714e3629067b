using System.Globalization;
using System.Text;

namespace RSocketIm.Server.Diagnostics;

/// <summary>What the runtime says of the process, under the names that other exporters use.</summary>
internal static class RuntimeGauges
{
    public static void Write(StringBuilder text)
    {
        Append("process_cpu_seconds_total", "counter", "Processor time used.", Environment.CpuUsage.TotalTime.TotalSeconds);
        Append("process_resident_memory_bytes", "gauge", "Memory in use as the system counts it.", Environment.WorkingSet);
        Append("dotnet_gc_heap_bytes", "gauge", "Managed memory in use, garbage included.", GC.GetTotalMemory(forceFullCollection: false));
        GCMemoryInfo last = GC.GetGCMemoryInfo(GCKind.Any);
        Append("dotnet_gc_last_heap_bytes", "gauge", "Managed memory in use after the last collection of any kind.", last.HeapSizeBytes);
        Append("dotnet_gc_committed_bytes", "gauge", "Memory that the collector had from the system after its last collection.", last.TotalCommittedBytes);
        Append("dotnet_gc_allocated_bytes_total", "counter", "Managed memory allocated so far.", GC.GetTotalAllocatedBytes());
        Append("dotnet_gc_pause_seconds_total", "counter", "Time the program was paused for collections.", GC.GetTotalPauseDuration().TotalSeconds);
        Append("dotnet_gc_gen2_collections_total", "counter", "Full collections.", GC.CollectionCount(2));
        Append("dotnet_threadpool_threads", "gauge", "Threads of the pool.", ThreadPool.ThreadCount);
        Append("dotnet_threadpool_queue_length", "gauge", "Work that waits for a thread.", ThreadPool.PendingWorkItemCount);

        void Append(string name, string type, string help, double value) =>
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value}\n");
    }
}
