using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.open</c>: the other user of a direct room.</summary>
internal sealed record RoomOpen
{
    public static RecordFormat<RoomOpen> Format { get; } = new RecordFormatBuilder<RoomOpen>(static () => new RoomOpen())
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Build();

    public string User { get; set; } = "";
}
