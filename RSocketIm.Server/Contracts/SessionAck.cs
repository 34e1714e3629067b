using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.session</c>: a send is on disk.</summary>
internal sealed record SessionAck
{
    public static RecordFormat<SessionAck> Format { get; } = new RecordFormatBuilder<SessionAck>(static () => new SessionAck())
        .WithDefault("type", FieldTypes.OneOf("ack"), static r => r.Type, static (r, v) => r.Type = v)
        .Required("id", ContractFields.MessageId, static r => r.Id, static (r, v) => r.Id = v)
        .Required("seq", ContractFields.Seq, static r => r.Seq, static (r, v) => r.Seq = v)
        .Required("at", ContractFields.Time, static r => r.At, static (r, v) => r.At = v)
        .Required("duplicate", FieldTypes.Boolean, static r => r.Duplicate, static (r, v) => r.Duplicate = v)
        .Build();

    public string Type { get; set; } = "ack";

    public string Id { get; set; } = "";

    public long Seq { get; set; }

    public long At { get; set; }

    public bool Duplicate { get; set; }
}
