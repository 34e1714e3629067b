using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.members</c>.</summary>
internal sealed record MemberList
{
    public static RecordFormat<MemberList> Format { get; } = new RecordFormatBuilder<MemberList>(static () => new MemberList())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Optional("after", ContractFields.Cursor, static r => r.After, static (r, v) => r.After = v)
        .WithDefault("limit", ContractFields.ListLimit, static r => r.Limit, static (r, v) => r.Limit = v)
        .Build();

    public string Room { get; set; } = "";

    public string? After { get; set; }

    public long Limit { get; set; } = ContractLimits.DefaultListLimit;
}
