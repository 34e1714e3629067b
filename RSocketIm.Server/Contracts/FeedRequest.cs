using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.feed</c>, and the first payload of <c>rooms.session</c>.</summary>
internal sealed record FeedRequest
{
    public static RecordFormat<FeedRequest> Format { get; } = new RecordFormatBuilder<FeedRequest>(static () => new FeedRequest())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Optional("after", ContractFields.Position, static r => r.After, static (r, v) => r.After = v)
        .Optional("epoch", ContractFields.Epoch, static r => r.Epoch, static (r, v) => r.Epoch = v)
        .Build();

    public string Room { get; set; } = "";

    /// <summary>Absent: from the head on.</summary>
    public long? After { get; set; }

    /// <summary>Given and stale: <c>gone</c>.</summary>
    public string? Epoch { get; set; }
}
