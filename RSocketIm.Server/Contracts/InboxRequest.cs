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
        .Optional(
            "epochs",
            FieldTypes.MapOf(ContractFields.Epoch, ContractLimits.MaxInboxPositions, RoomId.MaxDirectBytes),
            static r => r.Epochs,
            static (r, v) => r.Epochs = v)
        .Optional("notices", FieldTypes.Boolean, static r => r.Notices, static (r, v) => r.Notices = v)
        .Build();

    /// <summary>Per room, after which seq; rooms not named start at the head.</summary>
    public IReadOnlyDictionary<string, long>? Positions { get; set; }

    /// <summary>Per room, of which epoch that seq is; one that is given and stale: <c>gone</c>.</summary>
    public IReadOnlyDictionary<string, string>? Epochs { get; set; }

    /// <summary>Whether it also tells of invitations to the caller, and of the end of invitations and memberships of the caller.</summary>
    public bool? Notices { get; set; }
}
