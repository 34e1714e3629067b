using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>rooms.members</c>.</summary>
internal sealed record MemberPage
{
    public static RecordFormat<MemberPage> Format { get; } = new RecordFormatBuilder<MemberPage>(static () => new MemberPage())
        .Required("members", FieldTypes.ListOf(FieldTypes.Record(MemberInfo.Format)), static r => r.Members, static (r, v) => r.Members = v)
        .Optional("next", ContractFields.Cursor, static r => r.Next, static (r, v) => r.Next = v)
        .Build();

    public IReadOnlyList<MemberInfo> Members { get; set; } = [];

    /// <summary>What to give as <c>after</c> for the next page; absent on the last.</summary>
    public string? Next { get; set; }
}
