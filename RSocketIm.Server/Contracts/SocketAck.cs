using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>/ws</c>: a send is on disk.</summary>
internal sealed record SocketAck
{
    public static RecordFormat<SocketAck> Format { get; } = new RecordFormatBuilder<SocketAck>(static () => new SocketAck())
        .WithDefault("op", FieldTypes.OneOf("ack"), static r => r.Op, static (r, v) => r.Op = v)
        .Required("id", ContractFields.MessageId, static r => r.Id, static (r, v) => r.Id = v)
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("seq", ContractFields.Seq, static r => r.Seq, static (r, v) => r.Seq = v)
        .Required("at", ContractFields.Time, static r => r.At, static (r, v) => r.At = v)
        .Required("duplicate", FieldTypes.Boolean, static r => r.Duplicate, static (r, v) => r.Duplicate = v)
        .Build();

    public string Op { get; set; } = "ack";

    public string Id { get; set; } = "";

    public string Room { get; set; } = "";

    public long Seq { get; set; }

    public long At { get; set; }

    public bool Duplicate { get; set; }
}
