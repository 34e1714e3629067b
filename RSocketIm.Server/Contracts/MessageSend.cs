using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>messages.send</c>, and each payload of <c>messages.publish</c>.</summary>
internal sealed record MessageSend
{
    public static RecordFormat<MessageSend> Format { get; } = CreateFormat(ContractLimits.DefaultMaxTextBytes);

    public string Room { get; set; } = "";

    /// <summary>The sender's idempotency key.</summary>
    public string Id { get; set; } = "";

    public string Text { get; set; } = "";

    public long? ReplyTo { get; set; }

    public IReadOnlyList<string>? Mentions { get; set; }

    public IReadOnlyList<AttachmentInfo>? Attachments { get; set; }

    public IReadOnlyDictionary<string, string>? Meta { get; set; }

    /// <summary>The format for a server whose <c>RSocketIm:Limits:MaxTextBytes</c> is not the default.</summary>
    public static RecordFormat<MessageSend> CreateFormat(int maxTextBytes) => new RecordFormatBuilder<MessageSend>(static () => new MessageSend())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("id", ContractFields.MessageId, static r => r.Id, static (r, v) => r.Id = v)
        .Required("text", ContractFields.MessageText(maxTextBytes), static r => r.Text, static (r, v) => r.Text = v)
        .Optional("replyTo", ContractFields.Seq, static r => r.ReplyTo, static (r, v) => r.ReplyTo = v)
        .Optional("mentions", ContractFields.Mentions, static r => r.Mentions, static (r, v) => r.Mentions = v)
        .Optional("attachments", AttachmentInfo.ListOfThem, static r => r.Attachments, static (r, v) => r.Attachments = v)
        .Optional("meta", ContractFields.Meta, static r => r.Meta, static (r, v) => r.Meta = v)
        .Build();
}
