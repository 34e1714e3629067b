using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>messages.history</c>, oldest first.</summary>
internal sealed record HistoryPage
{
    public static RecordFormat<HistoryPage> Format { get; } = new RecordFormatBuilder<HistoryPage>(static () => new HistoryPage())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("epoch", ContractFields.Epoch, static r => r.Epoch, static (r, v) => r.Epoch = v)
        .Required("head", ContractFields.Position, static r => r.Head, static (r, v) => r.Head = v)
        .Required("events", FieldTypes.ListOf(FieldTypes.Raw), static r => r.Events, static (r, v) => r.Events = v)
        .Required("more", FieldTypes.Boolean, static r => r.More, static (r, v) => r.More = v)
        .Build();

    public string Room { get; set; } = "";

    public string Epoch { get; set; } = "";

    public long Head { get; set; }

    /// <summary>RoomEvents as MessagePack: entries are stored so, and go out without being taken apart.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Events { get; set; } = [];

    public bool More { get; set; }

    /// <summary>The events taken apart; for clients.</summary>
    public IEnumerable<RoomEvent> ReadEvents() => Events.Select(static encoded => RoomEvent.Format.Read(DataFormat.MessagePack, encoded));
}
