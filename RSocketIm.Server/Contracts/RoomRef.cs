using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>A room and nothing else: <c>rooms.join</c>, <c>rooms.leave</c>, <c>rooms.get</c>, <c>signals.feed</c>, <c>typing</c>.</summary>
internal sealed record RoomRef
{
    public static RecordFormat<RoomRef> Format { get; } = new RecordFormatBuilder<RoomRef>(static () => new RoomRef())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Build();

    public string Room { get; set; } = "";
}
