using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Routing;

namespace RSocketIm.Server.Gateways;

/// <summary>Calls the routes of the contract for a door that is not RSocket: the same handlers, with requests and answers in JSON.</summary>
/// <remarks>What they refuse they throw, as <see cref="Protocol.RSocketException"/> or as the format's exception; <see cref="Problems"/> makes answers of both.</remarks>
internal sealed class RouteCalls(RouteTable routes)
{
    /// <summary>A request-response.</summary>
    /// <param name="route">The route, which must be one.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="request">The request in JSON.</param>
    /// <param name="cancellationToken">The caller waits no more.</param>
    public ValueTask<Payload> RespondAsync(string route, Caller caller, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        Find(route).Response!(new Call(caller, new PayloadView(new Payload(request)), new HttpStream(cancellationToken)));

    /// <summary>A request-stream.</summary>
    /// <returns>The source, to be read or released.</returns>
    public PayloadSource Open(string route, Caller caller, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        Find(route).Stream!(new Call(caller, new PayloadView(new Payload(request)), new HttpStream(cancellationToken)));

    /// <summary>A fire-and-forget; unlike a client of RSocket, the caller is told when it is refused.</summary>
    public void Take(string route, Caller caller, ReadOnlyMemory<byte> request) =>
        Find(route).OneWay!(new Call(caller, new PayloadView(new Payload(request)), null));

    /// <summary>Whether a route answers once.</summary>
    public bool Responds(string route) => routes.Find(route).Response is not null;

    private Routing.Route Find(string name)
    {
        Routing.Route route = routes.Find(name);
        route.Count();
        return route;
    }
}
