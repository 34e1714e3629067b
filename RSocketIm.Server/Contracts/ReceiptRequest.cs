using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>receipts.read</c>.</summary>
internal sealed record ReceiptRequest
{
    public static RecordFormat<ReceiptRequest> Format { get; } = new RecordFormatBuilder<ReceiptRequest>(static () => new ReceiptRequest())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("seq", ContractFields.Position, static r => r.Seq, static (r, v) => r.Seq = v)
        .Build();

    public string Room { get; set; } = "";

    /// <summary>Read up to here; 0 is nothing yet.</summary>
    public long Seq { get; set; }
}
