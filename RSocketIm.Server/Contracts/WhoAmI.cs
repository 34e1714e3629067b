using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>system.whoami</c>.</summary>
internal sealed record WhoAmI
{
    public static RecordFormat<WhoAmI> Format { get; } = new RecordFormatBuilder<WhoAmI>(static () => new WhoAmI())
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Required("node", ContractFields.AnyText, static r => r.Node, static (r, v) => r.Node = v)
        .Required("version", ContractFields.AnyText, static r => r.Version, static (r, v) => r.Version = v)
        .Required("connection", ContractFields.AnyText, static r => r.Connection, static (r, v) => r.Connection = v)
        .Required("now", ContractFields.Time, static r => r.Now, static (r, v) => r.Now = v)
        .Build();

    public string User { get; set; } = "";

    public string Node { get; set; } = "";

    public string Version { get; set; } = "";

    public string Connection { get; set; } = "";

    public long Now { get; set; }
}
