using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>messages.delete</c>.</summary>
internal sealed record MessageDelete
{
    public static RecordFormat<MessageDelete> Format { get; } = new RecordFormatBuilder<MessageDelete>(static () => new MessageDelete())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("target", ContractFields.Seq, static r => r.Target, static (r, v) => r.Target = v)
        .Optional("reason", ContractFields.Reason, static r => r.Reason, static (r, v) => r.Reason = v)
        .Build();

    public string Room { get; set; } = "";

    public long Target { get; set; }

    public string? Reason { get; set; }
}
