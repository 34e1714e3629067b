using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>presence.get</c>.</summary>
internal sealed record PresenceRequest
{
    public static RecordFormat<PresenceRequest> Format { get; } = new RecordFormatBuilder<PresenceRequest>(static () => new PresenceRequest())
        .Required("users", FieldTypes.ListOf(ContractFields.User, ContractLimits.MaxPresenceUsers), static r => r.Users, static (r, v) => r.Users = v)
        .Build();

    public IReadOnlyList<string> Users { get; set; } = [];
}
