using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>messages.publish</c>: what a bad later payload is answered with, in its place.</summary>
internal sealed record PublishError
{
    public static RecordFormat<PublishError> Format { get; } = new RecordFormatBuilder<PublishError>(static () => new PublishError())
        .Optional("id", ContractFields.AnyText, static r => r.Id, static (r, v) => r.Id = v)
        .Required("error", FieldTypes.Record(ErrorBody.Format), static r => r.Error, static (r, v) => r.Error = v)
        .Build();

    public string? Id { get; set; }

    public ErrorBody Error { get; set; } = new();
}
