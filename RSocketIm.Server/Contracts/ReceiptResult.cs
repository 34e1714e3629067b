using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>receipts.read</c>.</summary>
internal sealed record ReceiptResult
{
    public static RecordFormat<ReceiptResult> Format { get; } = new RecordFormatBuilder<ReceiptResult>(static () => new ReceiptResult())
        .Required("readSeq", ContractFields.Position, static r => r.ReadSeq, static (r, v) => r.ReadSeq = v)
        .Required("unread", ContractFields.Position, static r => r.Unread, static (r, v) => r.Unread = v)
        .Build();

    /// <summary>Never moves back.</summary>
    public long ReadSeq { get; set; }

    /// <summary>Messages by others after it.</summary>
    public long Unread { get; set; }
}
