using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>A member of a room.</summary>
internal sealed record MemberInfo
{
    public static RecordFormat<MemberInfo> Format { get; } = new RecordFormatBuilder<MemberInfo>(static () => new MemberInfo())
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Required("role", ContractFields.Role, static r => r.Role, static (r, v) => r.Role = v)
        .Required("joinedAt", ContractFields.Time, static r => r.JoinedAt, static (r, v) => r.JoinedAt = v)
        .Required("readSeq", ContractFields.Position, static r => r.ReadSeq, static (r, v) => r.ReadSeq = v)
        .Required("online", FieldTypes.Boolean, static r => r.Online, static (r, v) => r.Online = v)
        .Build();

    public string User { get; set; } = "";

    public string Role { get; set; } = "";

    public long JoinedAt { get; set; }

    public long ReadSeq { get; set; }

    public bool Online { get; set; }
}
