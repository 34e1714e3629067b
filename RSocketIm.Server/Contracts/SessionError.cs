using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.session</c>: an operation failed; the session goes on.</summary>
internal sealed record SessionError
{
    public static RecordFormat<SessionError> Format { get; } = new RecordFormatBuilder<SessionError>(static () => new SessionError())
        .WithDefault("type", FieldTypes.OneOf("error"), static r => r.Type, static (r, v) => r.Type = v)
        .Optional("id", ContractFields.AnyText, static r => r.Id, static (r, v) => r.Id = v)
        .Required("code", FieldTypes.WholeNumber(0, uint.MaxValue), static r => r.Code, static (r, v) => r.Code = v)
        .Required("name", ContractFields.AnyText, static r => r.Name, static (r, v) => r.Name = v)
        .Required("message", ContractFields.AnyText, static r => r.Message, static (r, v) => r.Message = v)
        .Build();

    public string Type { get; set; } = "error";

    /// <summary>Of the send that failed.</summary>
    public string? Id { get; set; }

    public long Code { get; set; }

    public string Name { get; set; } = "";

    public string Message { get; set; } = "";
}
