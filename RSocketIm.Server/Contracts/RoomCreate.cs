using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.create</c>.</summary>
internal sealed record RoomCreate
{
    public static RecordFormat<RoomCreate> Format { get; } = new RecordFormatBuilder<RoomCreate>(static () => new RoomCreate())
        .Required("room", ContractFields.RoomToCreate, static r => r.Room, static (r, v) => r.Room = v)
        .Optional("title", ContractFields.Title, static r => r.Title, static (r, v) => r.Title = v)
        .WithDefault("kind", ContractFields.KindToCreate, static r => r.Kind, static (r, v) => r.Kind = v)
        .Build();

    public string Room { get; set; } = "";

    public string? Title { get; set; }

    public string Kind { get; set; } = RoomKinds.Public;
}
