using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>An error in place of an answer, where the stream goes on.</summary>
internal sealed record ErrorBody
{
    public static RecordFormat<ErrorBody> Format { get; } = new RecordFormatBuilder<ErrorBody>(static () => new ErrorBody())
        .Required("code", FieldTypes.WholeNumber(0, uint.MaxValue), static r => r.Code, static (r, v) => r.Code = v)
        .Required("name", ContractFields.AnyText, static r => r.Name, static (r, v) => r.Name = v)
        .Required("message", ContractFields.AnyText, static r => r.Message, static (r, v) => r.Message = v)
        .Build();

    public long Code { get; set; }

    public string Name { get; set; } = "";

    public string Message { get; set; } = "";
}
