using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>attachments.upload</c>: the first payload; the chunks follow as raw bytes.</summary>
internal sealed record UploadRequest
{
    public static RecordFormat<UploadRequest> Format { get; } = new RecordFormatBuilder<UploadRequest>(static () => new UploadRequest())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("name", FieldTypes.Text(1, ContractLimits.MaxFileNameBytes), static r => r.Name, static (r, v) => r.Name = v)
        .Required("type", FieldTypes.Text(0, ContractLimits.MaxMimeTypeBytes), static r => r.Type, static (r, v) => r.Type = v)
        .Required("size", ContractFields.Position, static r => r.Size, static (r, v) => r.Size = v)
        .Optional("sha256", FieldTypes.TextLike(IsSha256, "64 hexadecimal digits", 64), static r => r.Sha256, static (r, v) => r.Sha256 = v)
        .Build();

    public string Room { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>A MIME type.</summary>
    public string Type { get; set; } = "";

    /// <summary>In bytes, of all chunks.</summary>
    public long Size { get; set; }

    /// <summary>When given, the chunks must match it.</summary>
    public string? Sha256 { get; set; }

    private static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);
}
