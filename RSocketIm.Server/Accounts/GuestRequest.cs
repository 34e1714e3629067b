using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary><c>POST /api/guest</c>.</summary>
internal sealed record GuestRequest
{
    public static RecordFormat<GuestRequest> Format { get; } = new RecordFormatBuilder<GuestRequest>(static () => new GuestRequest())
        .Required("name", ContractFields.User, static r => r.Name, static (r, v) => r.Name = v)
        .Build();

    public string Name { get; set; } = "";
}
