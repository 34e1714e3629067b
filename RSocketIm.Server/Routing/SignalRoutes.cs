using System.Reactive.Linq;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Routing;

/// <summary><c>signals.feed</c>, <c>typing</c>, <c>receipts.read</c> and <c>presence.get</c>: what may be conflated.</summary>
internal sealed class SignalRoutes(RoomSignals signals, Receipts receipts, ChatRooms rooms, PresenceViews presence, ServerState state) : IRouteFamily
{
    public void Add(RouteTableBuilder routes)
    {
        IObservable<SignalEvent> stopping = Observable.Create<SignalEvent>(observer => state.Draining.UnsafeRegister(
            static told => ((IObserver<SignalEvent>)told!).OnError(Refusal.Draining()), observer));

        routes.Stream("signals.feed", RoomRef.Format, (caller, request) => ObservableSource.Latest(
            signals.Observe(caller.User, request.Room).Merge(stopping),
            static signal => (signal.Type, signal.User),
            signal => new Payload(SignalEvent.Format.ToArray(caller.Format, signal))));
        routes.Take("typing", RoomRef.Format, (caller, request) => signals.Type(caller.User, request.Room));
        routes.Respond("presence.get", PresenceRequest.Format, PresenceResult.Format, (_, request) => presence.Get(request));
        routes.Respond(
            "receipts.read", ReceiptRequest.Format, ReceiptResult.Format, (caller, request, cancelled) => rooms.ReadAsync(caller.User, request, cancelled));
        routes.Take("receipts.read", ReceiptRequest.Format, (caller, request) => receipts.Read(caller.User, request.Room, request.Seq));
    }
}
