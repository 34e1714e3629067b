using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Whether a user is there.</summary>
internal sealed record PresenceInfo
{
    public static RecordFormat<PresenceInfo> Format { get; } = new RecordFormatBuilder<PresenceInfo>(static () => new PresenceInfo())
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Required("online", FieldTypes.Boolean, static r => r.Online, static (r, v) => r.Online = v)
        .Optional("lastSeenAt", ContractFields.Time, static r => r.LastSeenAt, static (r, v) => r.LastSeenAt = v)
        .Build();

    public string User { get; set; } = "";

    public bool Online { get; set; }

    public long? LastSeenAt { get; set; }
}
