using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Gateways.WebSockets;

/// <summary>What every session at <c>/ws</c> works with.</summary>
internal sealed class SocketServices(
    HttpCallers callers, RouteCalls calls, ChatRooms rooms, RoomSignals signals, Receipts receipts, LimitSettings limits, LimitMetrics limitHits, TimeProvider time, ILogger<SocketSession> log)
{
    public HttpCallers Callers => callers;

    public RouteCalls Calls => calls;

    public ChatRooms Rooms => rooms;

    public RoomSignals Signals => signals;

    public Receipts Receipts => receipts;

    public LimitSettings Limits => limits;

    public LimitMetrics LimitHits => limitHits;

    public TimeProvider Time => time;

    public ILogger<SocketSession> Log => log;

    /// <summary>How a send is read: as <c>messages.send</c>, which ignores the op beside it.</summary>
    public RecordFormat<MessageSend> Messages { get; } = MessageSend.CreateFormat(limits.MaxTextBytes);
}
