using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>One number of <c>system.count</c>.</summary>
internal sealed record CountItem
{
    public static RecordFormat<CountItem> Format { get; } = new RecordFormatBuilder<CountItem>(static () => new CountItem())
        .Required("i", ContractFields.Seq, static r => r.I, static (r, v) => r.I = v)
        .Optional("pad", ContractFields.AnyText, static r => r.Pad, static (r, v) => r.Pad = v)
        .Build();

    public long I { get; set; }

    /// <summary>Filling, so that the item has about the bytes asked for.</summary>
    public string? Pad { get; set; }
}
