using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>attachments.download</c>; the answer are raw chunks of up to 64 KiB.</summary>
internal sealed record DownloadRequest
{
    public static RecordFormat<DownloadRequest> Format { get; } = new RecordFormatBuilder<DownloadRequest>(static () => new DownloadRequest())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("id", ContractFields.AttachmentId, static r => r.Id, static (r, v) => r.Id = v)
        .WithDefault("offset", ContractFields.Position, static r => r.Offset, static (r, v) => r.Offset = v)
        .Build();

    public string Room { get; set; } = "";

    public string Id { get; set; } = "";

    /// <summary>Of the first byte wanted.</summary>
    public long Offset { get; set; }
}
