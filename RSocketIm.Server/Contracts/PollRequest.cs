using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>GET /api/rooms/{room}/events</c>: what a feed begins with, and how much of it one answer takes.</summary>
internal sealed record PollRequest
{
    /// <summary>Longest wait of one answer, in seconds: below the minute after which proxies give up.</summary>
    public const int MaxWaitSeconds = 55;

    public static RecordFormat<PollRequest> Format { get; } = new RecordFormatBuilder<PollRequest>(static () => new PollRequest())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Optional("after", ContractFields.Position, static r => r.After, static (r, v) => r.After = v)
        .Optional("epoch", ContractFields.Epoch, static r => r.Epoch, static (r, v) => r.Epoch = v)
        .WithDefault("limit", ContractFields.HistoryLimit, static r => r.Limit, static (r, v) => r.Limit = v)
        .WithDefault("wait", FieldTypes.WholeNumber(0, MaxWaitSeconds), static r => r.Wait, static (r, v) => r.Wait = v)
        .Build();

    public string Room { get; set; } = "";

    /// <summary>Absent: from the head on.</summary>
    public long? After { get; set; }

    /// <summary>Given and stale: <c>gone</c>.</summary>
    public string? Epoch { get; set; }

    /// <summary>Most events of one answer: its credit.</summary>
    public long Limit { get; set; } = ContractLimits.DefaultHistoryLimit;

    /// <summary>How long the answer may wait for its first event, in seconds; 0: not at all.</summary>
    public long Wait { get; set; }
}
