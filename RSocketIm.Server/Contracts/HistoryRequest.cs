using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>messages.history</c>; without <c>before</c> and <c>after</c>: the newest.</summary>
internal sealed record HistoryRequest
{
    public static RecordFormat<HistoryRequest> Format { get; } = new RecordFormatBuilder<HistoryRequest>(static () => new HistoryRequest())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Optional("before", ContractFields.Position, static r => r.Before, static (r, v) => r.Before = v)
        .Optional("after", ContractFields.Position, static r => r.After, static (r, v) => r.After = v)
        .WithDefault("limit", ContractFields.HistoryLimit, static r => r.Limit, static (r, v) => r.Limit = v)
        .Build();

    public string Room { get; set; } = "";

    /// <summary>Exclusive.</summary>
    public long? Before { get; set; }

    /// <summary>Exclusive.</summary>
    public long? After { get; set; }

    public long Limit { get; set; } = ContractLimits.DefaultHistoryLimit;
}
