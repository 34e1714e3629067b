using System.Diagnostics.Metrics;

namespace RSocketIm.Server.Routing;

/// <summary>How often each route is called: meter <c>RSocketIm.Routing</c>. The routes count for themselves, which costs a request one addition.</summary>
internal sealed class RouteMetrics
{
    public RouteMetrics(IMeterFactory meters, RouteTable routes)
    {
        Routing.Route[] all = [.. routes.All];
        meters.Create("RSocketIm.Routing").CreateObservableCounter(
            "rsocketim.requests",
            () => all.Select(static route => new Measurement<long>(route.Calls, new KeyValuePair<string, object?>("route", route.Name))),
            description: "Requests by route, whatever became of them.");
    }
}
