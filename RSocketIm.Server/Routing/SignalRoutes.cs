using System.Reactive.Linq;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Hosting;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Routing;

/// <summary><c>signals.feed</c>, <c>typing</c> and <c>receipts.read</c>: what may be conflated.</summary>
internal sealed class SignalRoutes(RoomSignals signals, ReadReceipts receipts, ServerState state) : IRouteFamily
{
    public void Add(RouteTableBuilder routes)
    {
        IObservable<SignalEvent> stopping = Observable.Create<SignalEvent>(observer => state.Draining.UnsafeRegister(
            static told => ((IObserver<SignalEvent>)told!).OnError(Refusal.Draining()), observer));

        routes.Stream("signals.feed", RoomRef.Format, (caller, request) => ObservableSource.Latest(
            signals.Observe(caller.User, request.Room).Merge(receipts.Observe(request.Room)).Merge(stopping),
            static signal => (signal.Type, signal.User),
            signal => new Payload(SignalEvent.Format.ToArray(caller.Format, signal))));
        routes.Take("typing", RoomRef.Format, (caller, request) => signals.Type(caller.User, request.Room));
        routes.Take("receipts.read", ReceiptRequest.Format, (caller, request) => receipts.Read(caller.User, request.Room, request.Seq));
    }
}
