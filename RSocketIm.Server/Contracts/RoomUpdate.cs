using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.update</c>: what is absent stays.</summary>
internal sealed record RoomUpdate
{
    public static RecordFormat<RoomUpdate> Format { get; } = new RecordFormatBuilder<RoomUpdate>(static () => new RoomUpdate())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Optional("title", ContractFields.Title, static r => r.Title, static (r, v) => r.Title = v)
        .Optional("kind", ContractFields.KindToCreate, static r => r.Kind, static (r, v) => r.Kind = v)
        .Build();

    public string Room { get; set; } = "";

    public string? Title { get; set; }

    public string? Kind { get; set; }
}
