using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary><c>POST /api/register</c> and <c>POST /api/login</c>.</summary>
internal sealed record AccountRequest
{
    public static RecordFormat<AccountRequest> Registration { get; } = Create(Passwords.MinBytes);

    /// <summary>A password that is too short to be one is wrong, not malformed.</summary>
    public static RecordFormat<AccountRequest> Login { get; } = Create(1);

    public string Name { get; set; } = "";

    public string Password { get; set; } = "";

    // A record's own ToString would put the password into whatever log it reaches.
    public override string ToString() => $"{nameof(AccountRequest)} of {Name}";

    private static RecordFormat<AccountRequest> Create(int minBytes) => new RecordFormatBuilder<AccountRequest>(static () => new AccountRequest())
        .Required("name", ContractFields.User, static r => r.Name, static (r, v) => r.Name = v)
        .Required("password", FieldTypes.Text(minBytes, Passwords.MaxBytes), static r => r.Password, static (r, v) => r.Password = v)
        .Build();
}
