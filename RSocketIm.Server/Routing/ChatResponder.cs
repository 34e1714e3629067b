using System.Buffers;
using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary>One signed-in connection: finds the route of each request, calls its handler, and turns what goes wrong into the contract's errors.</summary>
/// <param name="caller">Who it is.</param>
/// <param name="routes">The routes.</param>
/// <param name="isComposite">Whether metadata are composite; otherwise they are routing metadata alone.</param>
/// <param name="rights">How long it may ask.</param>
/// <param name="renewal">What prolongs that.</param>
/// <param name="log">Where faults of ours go.</param>
/// <param name="stay">Disposed once, when the connection is over.</param>
internal sealed class ChatResponder(
    Caller caller, RouteTable routes, bool isComposite, ConnectionRights rights, TokenRenewal renewal, ILogger<ChatResponder> log, IDisposable stay) : RSocketResponder
{
    private readonly ConnectionTallies tallies = new();
    private RouteMemo last;

    public override ValueTask<Payload> RequestResponseAsync(PayloadView request, StreamContext context)
    {
        Route? route = null;
        try
        {
            route = Find(request.Metadata);
            ResponseHandler handler = route.Response ?? throw WrongKind(route, "request-response");
            ValueTask<Payload> answer = handler(new Call(caller, request, context));
            return answer.IsCompletedSuccessfully ? answer : GuardAsync(answer, route, context);
        }
        catch (Exception error) when (ToAnswer(error, route) is { } answer)
        {
            throw answer;
        }
    }

    public override void FireAndForget(PayloadView request)
    {
        // Nobody is told, so what the client did wrong is of no interest to us either.
        try
        {
            Route route = Find(request.Metadata);
            route.OneWay?.Invoke(new Call(caller, request, null));
        }
        catch (Exception error) when (error is RSocketException or RecordFormatException or MetadataFormatException)
        {
            log.OneWayRefused(caller.Connection, error.Message);
        }
    }

    public override PayloadSource RequestStream(PayloadView request, StreamContext context)
    {
        Route? route = null;
        try
        {
            route = Find(request.Metadata);
            StreamHandler handler = route.Stream ?? throw WrongKind(route, "request-stream");
            tallies.Count(route, context);
            return handler(new Call(caller, request, context));
        }
        catch (Exception error) when (ToAnswer(error, route) is { } answer)
        {
            throw answer;
        }
    }

    public override PayloadSource RequestChannel(PayloadView first, InboundStream incoming, StreamContext context)
    {
        Route? route = null;
        try
        {
            route = Find(first.Metadata);
            ChannelHandler handler = route.Channel ?? throw WrongKind(route, "request-channel");
            tallies.Count(route, context);
            return handler(new Call(caller, first, context), incoming);
        }
        catch (Exception error) when (ToAnswer(error, route) is { } answer)
        {
            throw answer;
        }
    }

    public override void MetadataPush(PayloadView metadata)
    {
        if (isComposite)
        {
            renewal.Take(metadata.Metadata);
        }
    }

    // Also in the minute in which a newer token may still be shown: a resumed session has the rights of its SETUP or none.
    public override bool MayResume() => !rights.IsOver;

    public override void ConnectionClosed(Exception? reason)
    {
        tallies.Close();
        stay.Dispose();
    }

    private static RSocketException WrongKind(Route route, string kind) =>
        ContractError.NotFound.ToException($"Route {route.Name} does not serve {kind}.");

    private Route Find(in ReadOnlySequence<byte> metadata)
    {
        rights.Demand();
        if (last.TryFind(metadata, out Route? route))
        {
            route.Count();
            return route;
        }

        bool named = isComposite
            ? RequestMetadata.TryReadRoute(metadata, out ReadOnlySequence<byte> name)
            : RoutingMetadata.TryReadFirstTag(metadata, out name);
        if (!named)
        {
            throw ContractError.NotFound.ToException("The request names no route.");
        }

        if (!routes.TryFind(name, out route))
        {
            throw ContractError.NotFound.ToException($"There is no route {Encoding.UTF8.GetString(name)}.");
        }

        last.Keep(metadata, route);
        route.Count();
        return route;
    }

    private async ValueTask<Payload> GuardAsync(ValueTask<Payload> pending, Route route, StreamContext context)
    {
        try
        {
            return await pending.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.Cancelled.IsCancellationRequested)
        {
            throw; // the caller waits no more
        }
        catch (Exception error) when (ToAnswer(error, route) is { } answer)
        {
            throw answer;
        }
    }

    // Null: the exception is an answer already.
    private RSocketException? ToAnswer(Exception error, Route? route)
    {
        switch (error)
        {
            case RSocketException:
                return null;
            case RecordFormatException format:
                return format.ToException();
            case MetadataFormatException metadata:
                return new RSocketException(ErrorCode.Invalid, $"The metadata are malformed: {metadata.Message}", metadata);
            default:
                log.HandlerFailed(error, route?.Name, caller.Connection);
                return Refusal.Internal();
        }
    }
}
