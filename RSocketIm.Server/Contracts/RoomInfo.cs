using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>What a room is, as the caller sees it.</summary>
internal sealed record RoomInfo
{
    public static RecordFormat<RoomInfo> Format { get; } = new RecordFormatBuilder<RoomInfo>(static () => new RoomInfo())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("title", ContractFields.Title, static r => r.Title, static (r, v) => r.Title = v)
        .Required("kind", ContractFields.Kind, static r => r.Kind, static (r, v) => r.Kind = v)
        .Required("epoch", ContractFields.Epoch, static r => r.Epoch, static (r, v) => r.Epoch = v)
        .Required("head", ContractFields.Position, static r => r.Head, static (r, v) => r.Head = v)
        .Required("createdAt", ContractFields.Time, static r => r.CreatedAt, static (r, v) => r.CreatedAt = v)
        .Required("createdBy", ContractFields.User, static r => r.CreatedBy, static (r, v) => r.CreatedBy = v)
        .Optional("role", ContractFields.Role, static r => r.Role, static (r, v) => r.Role = v)
        .Optional("readSeq", ContractFields.Position, static r => r.ReadSeq, static (r, v) => r.ReadSeq = v)
        .Optional("unread", ContractFields.Position, static r => r.Unread, static (r, v) => r.Unread = v)
        .Required("members", ContractFields.Position, static r => r.Members, static (r, v) => r.Members = v)
        .Build();

    public string Room { get; set; } = "";

    public string Title { get; set; } = "";

    /// <summary>A word of <see cref="RoomKinds"/>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Made with the log; another epoch makes all positions meaningless.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>The last seq, 0 when empty.</summary>
    public long Head { get; set; }

    public long CreatedAt { get; set; }

    public string CreatedBy { get; set; } = "";

    /// <summary>The caller's, a word of <see cref="RoomRoles"/>; absent for a non-member.</summary>
    public string? Role { get; set; }

    public long? ReadSeq { get; set; }

    public long? Unread { get; set; }

    /// <summary>Their number.</summary>
    public long Members { get; set; }
}
