using System.Globalization;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Gateways;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Hosting;

/// <summary><c>/healthz</c>: the process answers. <c>/readyz</c>: it takes clients and keeps what they send. <c>/metrics</c>: Prometheus text.</summary>
internal sealed class HealthEndpoints(ServerState state, IStoreAdministration store, MetricsExporter metrics, MemoryWatch memory)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", static context => WriteAsync(context, "ok\n", "text/plain; charset=utf-8"));
        routes.MapGet("/readyz", context => WhyNot() is { } reason
            ? Problems.WriteAsync(context, ContractError.Unavailable, reason)
            : WriteAsync(context, "ready\n" + Notes(), "text/plain; charset=utf-8"));
        routes.MapGet("/metrics", context => WriteAsync(context, metrics.Write(), "text/plain; version=0.0.4; charset=utf-8"));
    }

    private string? WhyNot() =>
        state.Draining.IsCancellationRequested ? "The server is stopping."
        : !state.IsReady ? "The server is starting."
        : store.Failure ?? (memory.IsShort ? "Memory is short; new connections are refused." : null);

    // Damage is for the operator to see to; the rooms that are whole go on, and another server would find the same.
    private string Notes() => string.Concat(
        store.Damages.Select(static damage => string.Create(CultureInfo.InvariantCulture, $"damaged: room {damage.Room}, entries {damage.First} to {damage.Last}\n")));

    private static Task WriteAsync(HttpContext context, string text, string type)
    {
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
