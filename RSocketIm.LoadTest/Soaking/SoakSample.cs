using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>The server at one moment.</summary>
/// <param name="Second">Since the start.</param>
/// <param name="Values">By name: <c>resident</c>, <c>handles</c> and <c>threads</c> as the system counts them, the rest from <c>/metrics</c>.</param>
internal sealed record SoakSample(double Second, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>What must be the same at the end as after the first minute. Of the heap what is in use after a full collection: what it has lying between its objects is in the resident memory.</summary>
    public static readonly string[] Compared = ["resident", "dotnet_gc_heap_bytes", "handles", "threads", "rsocketim_connections", "rsocketim_feeds"];

    private static readonly string[] Plotted = [.. Compared, "dotnet_gc_last_heap_bytes", "rsocketim_tail_bytes", "dotnet_threadpool_queue_length"];

    public static async Task<SoakSample> TakeAsync(ServerUnderLoad server, TimeSpan since)
    {
        IReadOnlyDictionary<string, double> metrics = await server.ReadMetricsAsync().ConfigureAwait(false);
        Dictionary<string, double> values = new(StringComparer.Ordinal) { ["resident"] = server.ResidentBytes };
        (values["handles"], values["threads"]) = server.CountHandlesAndThreads();
        foreach (string name in Plotted.Where(metrics.ContainsKey))
        {
            values[name] = metrics[name];
        }

        return new SoakSample(Math.Round(since.TotalSeconds, 1), values);
    }
}
