using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>messages.search</c>.</summary>
internal sealed record SearchRequest
{
    public static RecordFormat<SearchRequest> Format { get; } = new RecordFormatBuilder<SearchRequest>(static () => new SearchRequest())
        .Required("query", FieldTypes.Text(1, ContractLimits.MaxQueryBytes), static r => r.Query, static (r, v) => r.Query = v)
        .Optional("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .WithDefault("limit", ContractFields.ListLimit, static r => r.Limit, static (r, v) => r.Limit = v)
        .Build();

    public string Query { get; set; } = "";

    public string? Room { get; set; }

    public long Limit { get; set; } = ContractLimits.DefaultListLimit;
}
