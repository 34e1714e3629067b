using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>The kinds of field that many records share.</summary>
/// <remarks>None of them is a record: those begin with these fields, and two classes cannot each be made first.</remarks>
internal static class ContractFields
{
    public static FieldType<string> User { get; } = FieldTypes.TextLike(static text => UserId.IsValid(text), UserId.Allowed, UserId.MaxBytes);

    public static FieldType<string> Room { get; } = FieldTypes.TextLike(static text => RoomId.IsValid(text), RoomId.Allowed, RoomId.MaxDirectBytes);

    public static FieldType<string> RoomToCreate { get; } =
        FieldTypes.TextLike(static text => RoomId.IsValidToCreate(text), RoomId.AllowedToCreate, RoomId.MaxDirectBytes);

    public static FieldType<string> MessageId { get; } = FieldTypes.Text(1, ContractLimits.MaxMessageIdBytes);

    public static FieldType<string> AttachmentId { get; } = FieldTypes.Text(1, ContractLimits.MaxAttachmentIdBytes);

    public static FieldType<string> AnyText { get; } = FieldTypes.Text();

    public static FieldType<string> Title { get; } = FieldTypes.Text(0, ContractLimits.MaxTitleBytes);

    public static FieldType<string> Reason { get; } = FieldTypes.Text(0, ContractLimits.MaxReasonBytes);

    public static FieldType<string> Emoji { get; } = FieldTypes.Text(1, ContractLimits.MaxEmojiBytes);

    public static FieldType<string> Epoch { get; } = FieldTypes.Text(1, ContractLimits.MaxEpochBytes);

    /// <summary>Where a list goes on: a <c>next</c> of the page before.</summary>
    public static FieldType<string> Cursor { get; } = FieldTypes.Text(0, ContractLimits.MaxCursorBytes);

    public static FieldType<string> KindToCreate { get; } = FieldTypes.OneOf(RoomKinds.Public, RoomKinds.Private);

    public static FieldType<string> Kind { get; } = FieldTypes.OneOf(RoomKinds.Public, RoomKinds.Private, RoomKinds.Direct);

    public static FieldType<string> Role { get; } = FieldTypes.OneOf(RoomRoles.Owner, RoomRoles.Moderator, RoomRoles.Member);

    /// <summary>The number of an entry: from 1.</summary>
    public static FieldType<long> Seq { get; } = FieldTypes.WholeNumber(1, FieldTypes.MaxSafeInteger);

    /// <summary>A place between entries: 0 is before the first. Also any other count.</summary>
    public static FieldType<long> Position { get; } = FieldTypes.WholeNumber(0, FieldTypes.MaxSafeInteger);

    /// <summary>Unix milliseconds.</summary>
    public static FieldType<long> Time { get; } = FieldTypes.WholeNumber(0, FieldTypes.MaxSafeInteger);

    public static FieldType<long> ListLimit { get; } = FieldTypes.WholeNumber(1, ContractLimits.MaxListLimit);

    public static FieldType<long> HistoryLimit { get; } = FieldTypes.WholeNumber(1, ContractLimits.MaxHistoryLimit);

    public static FieldType<IReadOnlyList<string>> Mentions { get; } = FieldTypes.ListOf(User, ContractLimits.MaxMentions);

    public static FieldType<IReadOnlyDictionary<string, string>> Meta { get; } =
        FieldTypes.MapOf(FieldTypes.Text(0, ContractLimits.MaxMetaValueBytes), ContractLimits.MaxMetaEntries, ContractLimits.MaxMetaKeyBytes);

    public static FieldType<string> MessageText(int maxBytes) => FieldTypes.Text(1, maxBytes);
}
