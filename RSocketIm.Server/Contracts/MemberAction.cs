using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.invite</c>, <c>rooms.remove</c>, <c>rooms.ban</c>, <c>rooms.role</c>.</summary>
internal sealed record MemberAction
{
    public static RecordFormat<MemberAction> Format { get; } = new RecordFormatBuilder<MemberAction>(static () => new MemberAction())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Optional("role", ContractFields.Role, static r => r.Role, static (r, v) => r.Role = v)
        .Build();

    public string Room { get; set; } = "";

    public string User { get; set; } = "";

    public string? Role { get; set; }

    /// <summary>For <c>rooms.role</c>, which has nothing to do without a role.</summary>
    public static RecordFormat<MemberAction> FormatOfRole { get; } = new RecordFormatBuilder<MemberAction>(static () => new MemberAction())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Required("role", ContractFields.Role, static r => r.Role!, static (r, v) => r.Role = v)
        .Build();
}
