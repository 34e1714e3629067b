using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>inbox.feed</c>.</summary>
internal sealed record InboxRequest
{
    public static RecordFormat<InboxRequest> Format { get; } = new RecordFormatBuilder<InboxRequest>(static () => new InboxRequest())
        .Optional(
            "positions",
            FieldTypes.MapOf(ContractFields.Position, ContractLimits.MaxInboxPositions, RoomId.MaxDirectBytes),
            static r => r.Positions,
            static (r, v) => r.Positions = v)
        .Build();

    /// <summary>Per room, after which seq; rooms not named start at the head.</summary>
    public IReadOnlyDictionary<string, long>? Positions { get; set; }
}
