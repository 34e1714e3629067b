using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>system.count</c>: how many numbers, and about how large each.</summary>
internal sealed record CountRequest
{
    public static RecordFormat<CountRequest> Format { get; } = new RecordFormatBuilder<CountRequest>(static () => new CountRequest())
        .Required("count", ContractFields.Position, static r => r.Count, static (r, v) => r.Count = v)
        .Optional("bytes", FieldTypes.WholeNumber(0, ContractLimits.MaxCountBytes), static r => r.Bytes, static (r, v) => r.Bytes = v)
        .Build();

    /// <summary>0..2⁵³.</summary>
    public long Count { get; set; }

    /// <summary>About how many bytes each item has; absent or small: no padding.</summary>
    public long? Bytes { get; set; }
}
