using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>attachments.upload</c>.</summary>
internal sealed record UploadResult
{
    public static RecordFormat<UploadResult> Format { get; } = new RecordFormatBuilder<UploadResult>(static () => new UploadResult())
        .Required("id", ContractFields.AttachmentId, static r => r.Id, static (r, v) => r.Id = v)
        .Required("size", ContractFields.Position, static r => r.Size, static (r, v) => r.Size = v)
        .Required("sha256", ContractFields.AnyText, static r => r.Sha256, static (r, v) => r.Sha256 = v)
        .Build();

    public string Id { get; set; } = "";

    public long Size { get; set; }

    /// <summary>In lower case.</summary>
    public string Sha256 { get; set; } = "";
}
