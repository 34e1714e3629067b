using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>messages.send</c>: the entry is on disk.</summary>
internal sealed record MessageSent
{
    public static RecordFormat<MessageSent> Format { get; } = new RecordFormatBuilder<MessageSent>(static () => new MessageSent())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("seq", ContractFields.Seq, static r => r.Seq, static (r, v) => r.Seq = v)
        .Required("at", ContractFields.Time, static r => r.At, static (r, v) => r.At = v)
        .Required("duplicate", FieldTypes.Boolean, static r => r.Duplicate, static (r, v) => r.Duplicate = v)
        .Build();

    public string Room { get; set; } = "";

    public long Seq { get; set; }

    public long At { get; set; }

    /// <summary>Whether the same user had sent the same id to the room before; seq and at are those of then.</summary>
    public bool Duplicate { get; set; }
}
