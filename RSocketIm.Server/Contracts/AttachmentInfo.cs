using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>A file that a message carries.</summary>
internal sealed record AttachmentInfo
{
    public static RecordFormat<AttachmentInfo> Format { get; } = new RecordFormatBuilder<AttachmentInfo>(static () => new AttachmentInfo())
        .Required("id", ContractFields.AttachmentId, static r => r.Id, static (r, v) => r.Id = v)
        .Required("name", FieldTypes.Text(1, ContractLimits.MaxFileNameBytes), static r => r.Name, static (r, v) => r.Name = v)
        .Required("size", ContractFields.Position, static r => r.Size, static (r, v) => r.Size = v)
        .Required("type", FieldTypes.Text(0, ContractLimits.MaxMimeTypeBytes), static r => r.Type, static (r, v) => r.Type = v)
        .Build();

    /// <summary>The attachments of one message.</summary>
    public static FieldType<IReadOnlyList<AttachmentInfo>> ListOfThem { get; } = FieldTypes.ListOf(FieldTypes.Record(Format), ContractLimits.MaxAttachments);

    public string Id { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>In bytes.</summary>
    public long Size { get; set; }

    /// <summary>A MIME type.</summary>
    public string Type { get; set; } = "";
}
