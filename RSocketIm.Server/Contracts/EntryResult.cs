using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>messages.edit</c>, <c>messages.delete</c>, <c>messages.react</c>: the entry it became.</summary>
internal sealed record EntryResult
{
    public static RecordFormat<EntryResult> Format { get; } = new RecordFormatBuilder<EntryResult>(static () => new EntryResult())
        .Required("seq", ContractFields.Seq, static r => r.Seq, static (r, v) => r.Seq = v)
        .Required("at", ContractFields.Time, static r => r.At, static (r, v) => r.At = v)
        .Build();

    public long Seq { get; set; }

    public long At { get; set; }
}
