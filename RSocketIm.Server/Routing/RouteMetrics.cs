using System.Diagnostics.Metrics;

namespace RSocketIm.Server.Routing;

/// <summary>How often each route is called, and what its streams were granted and sent: meter <c>RSocketIm.Routing</c>. The routes count for themselves, which costs a request one addition.</summary>
internal sealed class RouteMetrics
{
    public RouteMetrics(IMeterFactory meters, RouteTable routes)
    {
        Routing.Route[] all = [.. routes.All];
        Routing.Route[] streaming = [.. all.Where(static route => route.Stream is not null || route.Channel is not null)];
        Meter meter = meters.Create("RSocketIm.Routing");
        meter.CreateObservableCounter(
            "rsocketim.requests", () => Measure(all, static route => route.Calls), description: "Requests by route, whatever became of them.");
        meter.CreateObservableCounter(
            "rsocketim.stream.elements.sent",
            () => Measure(streaming, static route => route.Flow.Sent),
            description: "Payloads that streams and channels of a route sent to clients.");
        meter.CreateObservableCounter(
            "rsocketim.stream.credit.granted",
            () => Measure(streaming, static route => route.Flow.Granted),
            description: "Payloads that clients granted to streams and channels of a route, request(n) of the request included; of one stream at most 2147483647.");
    }

    private static IEnumerable<Measurement<long>> Measure(Routing.Route[] routes, Func<Routing.Route, long> value) =>
        routes.Select(route => new Measurement<long>(value(route), new KeyValuePair<string, object?>("route", route.Name)));
}
