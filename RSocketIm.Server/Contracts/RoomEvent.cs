using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>An entry of a room's log as it travels; the type says which of the optional fields are there.</summary>
internal sealed record RoomEvent
{
    public static RecordFormat<RoomEvent> Format { get; } = new RecordFormatBuilder<RoomEvent>(static () => new RoomEvent())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("seq", ContractFields.Seq, static r => r.Seq, static (r, v) => r.Seq = v)
        .Required("at", ContractFields.Time, static r => r.At, static (r, v) => r.At = v)
        .Required("type", ContractFields.AnyText, static r => r.Type, static (r, v) => r.Type = v)
        .Optional("from", ContractFields.User, static r => r.From, static (r, v) => r.From = v)
        .Optional("id", ContractFields.AnyText, static r => r.Id, static (r, v) => r.Id = v)
        .Optional("text", ContractFields.AnyText, static r => r.Text, static (r, v) => r.Text = v)
        .Optional("replyTo", ContractFields.Seq, static r => r.ReplyTo, static (r, v) => r.ReplyTo = v)
        .Optional("mentions", FieldTypes.ListOf(ContractFields.User), static r => r.Mentions, static (r, v) => r.Mentions = v)
        .Optional("attachments", FieldTypes.ListOf(FieldTypes.Record(AttachmentInfo.Format)), static r => r.Attachments, static (r, v) => r.Attachments = v)
        .Optional("meta", FieldTypes.MapOf(ContractFields.AnyText), static r => r.Meta, static (r, v) => r.Meta = v)
        .Optional("deleted", FieldTypes.Boolean, static r => r.Deleted, static (r, v) => r.Deleted = v)
        .Optional("editedAt", ContractFields.Time, static r => r.EditedAt, static (r, v) => r.EditedAt = v)
        .Optional("reactions", FieldTypes.MapOf(FieldTypes.ListOf(ContractFields.User)), static r => r.Reactions, static (r, v) => r.Reactions = v)
        .Optional("target", ContractFields.Seq, static r => r.Target, static (r, v) => r.Target = v)
        .Optional("reason", ContractFields.AnyText, static r => r.Reason, static (r, v) => r.Reason = v)
        .Optional("emoji", ContractFields.AnyText, static r => r.Emoji, static (r, v) => r.Emoji = v)
        .Optional("on", FieldTypes.Boolean, static r => r.On, static (r, v) => r.On = v)
        .Optional("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Optional("change", ContractFields.AnyText, static r => r.Change, static (r, v) => r.Change = v)
        .Optional("role", ContractFields.Role, static r => r.Role, static (r, v) => r.Role = v)
        .Optional("title", ContractFields.Title, static r => r.Title, static (r, v) => r.Title = v)
        .Optional("kind", ContractFields.Kind, static r => r.Kind, static (r, v) => r.Kind = v)
        .Optional("to", ContractFields.Seq, static r => r.To, static (r, v) => r.To = v)
        .Build();

    public string Room { get; set; } = "";

    public long Seq { get; set; }

    public long At { get; set; }

    /// <summary>A word of <see cref="RoomEventTypes"/>; what the rest means depends on it.</summary>
    public string Type { get; set; } = "";

    /// <summary>Who did it; absent only in a gap.</summary>
    public string? From { get; set; }

    /// <summary>Message: the sender's idempotency key.</summary>
    public string? Id { get; set; }

    /// <summary>Message, edit.</summary>
    public string? Text { get; set; }

    /// <summary>Message.</summary>
    public long? ReplyTo { get; set; }

    /// <summary>Message.</summary>
    public IReadOnlyList<string>? Mentions { get; set; }

    /// <summary>Message.</summary>
    public IReadOnlyList<AttachmentInfo>? Attachments { get; set; }

    /// <summary>Message.</summary>
    public IReadOnlyDictionary<string, string>? Meta { get; set; }

    /// <summary>Message: true when its words are gone; then there is no text, attachments and meta.</summary>
    public bool? Deleted { get; set; }

    /// <summary>Message in history: when its text was last changed.</summary>
    public long? EditedAt { get; set; }

    /// <summary>Message in history: who reacted, by emoji.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Reactions { get; set; }

    /// <summary>Edit, delete, reaction: the seq of the message.</summary>
    public long? Target { get; set; }

    /// <summary>Delete; gap: <c>retention</c>.</summary>
    public string? Reason { get; set; }

    /// <summary>Reaction.</summary>
    public string? Emoji { get; set; }

    /// <summary>Reaction: false when it was taken back.</summary>
    public bool? On { get; set; }

    /// <summary>Member: whom it concerns.</summary>
    public string? User { get; set; }

    /// <summary>Member: a word of <see cref="MemberChanges"/>.</summary>
    public string? Change { get; set; }

    /// <summary>Member.</summary>
    public string? Role { get; set; }

    /// <summary>Room: the new title.</summary>
    public string? Title { get; set; }

    /// <summary>Room: the new kind.</summary>
    public string? Kind { get; set; }

    /// <summary>Gap: the entries seq…to are not there any more, or not readable.</summary>
    public long? To { get; set; }
}
