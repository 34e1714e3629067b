using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>Answer of the routes that sign in.</summary>
internal sealed record SignedIn
{
    public static RecordFormat<SignedIn> Format { get; } = new RecordFormatBuilder<SignedIn>(static () => new SignedIn())
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Required("token", ContractFields.AnyText, static r => r.Token, static (r, v) => r.Token = v)
        .Required("expiresAt", ContractFields.Time, static r => r.ExpiresAt, static (r, v) => r.ExpiresAt = v)
        .Build();

    public string User { get; set; } = "";

    public string Token { get; set; } = "";

    /// <summary>Unix milliseconds.</summary>
    public long ExpiresAt { get; set; }
}
