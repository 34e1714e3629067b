using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.list</c>.</summary>
internal sealed record RoomList
{
    public static RecordFormat<RoomList> Format { get; } = new RecordFormatBuilder<RoomList>(static () => new RoomList())
        .WithDefault("mine", FieldTypes.Boolean, static r => r.Mine, static (r, v) => r.Mine = v)
        .Optional("invited", FieldTypes.Boolean, static r => r.Invited, static (r, v) => r.Invited = v)
        .Optional("prefix", FieldTypes.Text(0, RoomId.MaxDirectBytes), static r => r.Prefix, static (r, v) => r.Prefix = v)
        .Optional("after", ContractFields.Cursor, static r => r.After, static (r, v) => r.After = v)
        .WithDefault("limit", ContractFields.ListLimit, static r => r.Limit, static (r, v) => r.Limit = v)
        .Build();

    /// <summary>Only rooms the caller is a member of.</summary>
    public bool Mine { get; set; }

    /// <summary>Only rooms the caller is invited to and has not joined.</summary>
    public bool? Invited { get; set; }

    public string? Prefix { get; set; }

    public string? After { get; set; }

    public long Limit { get; set; } = ContractLimits.DefaultListLimit;
}
