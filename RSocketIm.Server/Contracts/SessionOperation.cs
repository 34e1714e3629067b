using System.Buffers;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>rooms.session</c>: what a client says after the first payload; which fields are there depends on the op.</summary>
internal sealed record SessionOperation
{
    public const string SendOp = "send";
    public const string TypingOp = "typing";
    public const string ReadOp = "read";

    public static RecordFormat<SessionOperation> Format { get; } = CreateFormat(ContractLimits.DefaultMaxTextBytes);

    public string Op { get; set; } = "";

    /// <summary>The sender's idempotency key.</summary>
    public string? Id { get; set; }

    public string? Text { get; set; }

    public long? ReplyTo { get; set; }

    public IReadOnlyList<string>? Mentions { get; set; }

    public IReadOnlyList<AttachmentInfo>? Attachments { get; set; }

    public IReadOnlyDictionary<string, string>? Meta { get; set; }

    /// <summary>Read: up to where.</summary>
    public long? Seq { get; set; }

    /// <summary>The format for a server whose <c>RSocketIm:Limits:MaxTextBytes</c> is not the default.</summary>
    public static RecordFormat<SessionOperation> CreateFormat(int maxTextBytes) =>
        new RecordFormatBuilder<SessionOperation>(static () => new SessionOperation())
        .Required("op", FieldTypes.OneOf(SendOp, TypingOp, ReadOp), static r => r.Op, static (r, v) => r.Op = v)
        .Optional("id", ContractFields.MessageId, static r => r.Id, static (r, v) => r.Id = v)
        .Optional("text", ContractFields.MessageText(maxTextBytes), static r => r.Text, static (r, v) => r.Text = v)
        .Optional("replyTo", ContractFields.Seq, static r => r.ReplyTo, static (r, v) => r.ReplyTo = v)
        .Optional("mentions", ContractFields.Mentions, static r => r.Mentions, static (r, v) => r.Mentions = v)
        .Optional("attachments", AttachmentInfo.ListOfThem, static r => r.Attachments, static (r, v) => r.Attachments = v)
        .Optional("meta", ContractFields.Meta, static r => r.Meta, static (r, v) => r.Meta = v)
        .Optional("seq", ContractFields.Position, static r => r.Seq, static (r, v) => r.Seq = v)
        .Build();

    /// <summary>Reads an operation and makes sure that it has what its op needs.</summary>
    /// <exception cref="RecordFormatException">It is not one; the message names the key.</exception>
    public static SessionOperation Read(RecordFormat<SessionOperation> recordFormat, DataFormat format, ReadOnlySequence<byte> data)
    {
        SessionOperation operation = recordFormat.Read(format, data);
        switch (operation.Op)
        {
            case SendOp when operation.Id is null:
                throw Missing("id");
            case SendOp when operation.Text is null:
                throw Missing("text");
            case ReadOp when operation.Seq is null:
                throw Missing("seq");
            default:
                return operation;
        }

        RecordFormatException Missing(string key) => new(key, $"is missing, but op {operation.Op} needs it.");
    }
}
