using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>A server that the tool started.</summary>
internal sealed class OwnServer(ServerUnderLoad server, bool overTcp) : IBackpressureTarget
{
    public string Address => overTcp ? server.Tcp : server.WebSocket;

    public async Task<(double Resident, double Heap)?> ReadMemoryAsync()
    {
        IReadOnlyDictionary<string, double> metrics = await server.ReadMetricsAsync().ConfigureAwait(false);
        return (metrics["process_resident_memory_bytes"], metrics["dotnet_gc_last_heap_bytes"]);
    }

    public async Task<long?> CollectAsync()
    {
        // Twice: what finalizers let go of is collected the second time.
        await FullCollection.RunAsync(server).ConfigureAwait(false);
        await FullCollection.RunAsync(server).ConfigureAwait(false);
        return (long)(await server.ReadMetricsAsync().ConfigureAwait(false))["dotnet_gc_heap_bytes"];
    }
}
