using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>rooms.invite</c>, <c>rooms.remove</c>, <c>rooms.ban</c>, <c>rooms.role</c>: the entry it became.</summary>
internal sealed record SeqResult
{
    public static RecordFormat<SeqResult> Format { get; } = new RecordFormatBuilder<SeqResult>(static () => new SeqResult())
        .Required("seq", ContractFields.Seq, static r => r.Seq, static (r, v) => r.Seq = v)
        .Build();

    public long Seq { get; set; }
}
