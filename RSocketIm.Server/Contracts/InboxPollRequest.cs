using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>GET /api/inbox</c>: how much of the inbox one answer takes; its positions are an <see cref="InboxRequest"/>.</summary>
internal sealed record InboxPollRequest
{
    public static RecordFormat<InboxPollRequest> Format { get; } = new RecordFormatBuilder<InboxPollRequest>(static () => new InboxPollRequest())
        .WithDefault("limit", ContractFields.HistoryLimit, static r => r.Limit, static (r, v) => r.Limit = v)
        .WithDefault("wait", FieldTypes.WholeNumber(0, PollRequest.MaxWaitSeconds), static r => r.Wait, static (r, v) => r.Wait = v)
        .Build();

    /// <summary>Most events of one answer: its credit.</summary>
    public long Limit { get; set; } = ContractLimits.DefaultHistoryLimit;

    /// <summary>How long the answer may wait for its first event, in seconds; 0: not at all.</summary>
    public long Wait { get; set; }
}
