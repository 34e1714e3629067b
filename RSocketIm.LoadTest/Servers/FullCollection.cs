using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace RSocketIm.LoadTest.Servers;

/// <summary>Has another .NET process collect its garbage, as heap profilers do before they count.</summary>
/// <remarks>Without it, what a heap holds says more about when it was collected last than about what is alive.</remarks>
internal static class FullCollection
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const long HeapCollectKeyword = 0x800000; // "a full collection when the session begins"

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Collects, and returns when the server has counted it.</summary>
    /// <exception cref="TimeoutException">It did not.</exception>
    public static async Task RunAsync(ServerUnderLoad server)
    {
        double before = await CollectionsAsync(server).ConfigureAwait(false);
        DiagnosticsClient client = new(server.ProcessId);
        EventPipeProvider provider = new(Runtime, EventLevel.Informational, HeapCollectKeyword);
        using CancellationTokenSource patience = new(Patience);
        using EventPipeSession session = await client.StartEventPipeSessionAsync(provider, requestRundown: false, token: patience.Token).ConfigureAwait(false);
        Task draining = session.EventStream.CopyToAsync(Stream.Null, patience.Token);
        while (await CollectionsAsync(server).ConfigureAwait(false) <= before)
        {
            if (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"The server has not collected its garbage within {Patience.TotalSeconds:N0} s.");
            }

            await Task.Delay(20).ConfigureAwait(false);
        }

        await session.StopAsync(patience.Token).ConfigureAwait(false);
        await draining.ConfigureAwait(false);
    }

    private static async Task<double> CollectionsAsync(ServerUnderLoad server) =>
        (await server.ReadMetricsAsync().ConfigureAwait(false))["dotnet_gc_gen2_collections_total"];
}
