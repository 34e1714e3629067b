using System.Buffers;
using System.Reflection;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Routing;

/// <summary><c>system.</c>: routes that say something of the server and the connection.</summary>
internal sealed class SystemRoutes(ServerState state, TimeProvider time) : IRouteFamily
{
    /// <summary>The server's version, without the commit behind it.</summary>
    public static string Version { get; } =
        (typeof(SystemRoutes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public void Add(RouteTableBuilder routes)
    {
        // Data only: the metadata of the request are the route. An answer that is ready at once may be the bytes as they came.
        routes["system.echo"].Response = static call =>
            ValueTask.FromResult(new Payload(call.Payload.Data.IsSingleSegment ? call.Payload.Data.First : call.Payload.Data.ToArray()));
        routes["system.echo"].Channel = (call, incoming) => new EchoSource(new Payload(call.Payload.ToPayload().Data), incoming, state.Draining);
        routes.Stream("system.count", CountRequest.Format, (caller, request) => new CountSource(request, caller.Format, state.Draining));
        routes.Respond("system.whoami", EmptyRecord.Format, WhoAmI.Format, (caller, _) => new WhoAmI
        {
            User = caller.User,
            Node = caller.Node,
            Version = Version,
            Connection = caller.Connection,
            Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
        });
    }
}
