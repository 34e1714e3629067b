using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>rooms.list</c>.</summary>
internal sealed record RoomPage
{
    public static RecordFormat<RoomPage> Format { get; } = new RecordFormatBuilder<RoomPage>(static () => new RoomPage())
        .Required("rooms", FieldTypes.ListOf(FieldTypes.Record(RoomInfo.Format)), static r => r.Rooms, static (r, v) => r.Rooms = v)
        .Optional("next", ContractFields.Cursor, static r => r.Next, static (r, v) => r.Next = v)
        .Build();

    public IReadOnlyList<RoomInfo> Rooms { get; set; } = [];

    /// <summary>What to give as <c>after</c> for the next page; absent on the last.</summary>
    public string? Next { get; set; }
}
