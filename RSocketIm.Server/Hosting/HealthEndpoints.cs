using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Hosting;

/// <summary><c>/healthz</c>: the process answers. <c>/readyz</c>: it takes clients. <c>/metrics</c>: Prometheus text.</summary>
internal sealed class HealthEndpoints(ServerState state, MetricsExporter metrics)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", static context => WriteAsync(context, "ok\n", "text/plain; charset=utf-8"));
        routes.MapGet("/readyz", context => state.IsReady
            ? WriteAsync(context, "ready\n", "text/plain; charset=utf-8")
            : Problems.WriteAsync(context, ContractError.Unavailable, state.Draining.IsCancellationRequested ? "The server is stopping." : "The server is starting."));
        routes.MapGet("/metrics", context => WriteAsync(context, metrics.Write(), "text/plain; version=0.0.4; charset=utf-8"));
    }

    private static Task WriteAsync(HttpContext context, string text, string type)
    {
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
