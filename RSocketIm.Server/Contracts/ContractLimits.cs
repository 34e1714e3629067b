namespace RSocketIm.Server.Contracts;

/// <summary>The ranges of contract.md, and where it is silent ours; what is outside is refused with the key's name, never clamped.</summary>
internal static class ContractLimits
{
    /// <summary>Most bytes of a message's text as UTF-8: 16 KiB, the default of <c>RSocketIm:Limits:MaxTextBytes</c>.</summary>
    public const int DefaultMaxTextBytes = 16 * 1024;

    public const int MaxMessageIdBytes = 64;

    public const int DefaultHistoryLimit = 50;
    public const int MaxHistoryLimit = 500;

    public const int DefaultListLimit = 50;
    public const int MaxListLimit = 200;

    // The rest is ours. Each is generous for people and small beside the 1 MiB a payload may have.
    public const int MaxTitleBytes = 256;
    public const int MaxReasonBytes = 1024;
    public const int MaxEmojiBytes = 64; // a family of emoji joined together has 25..35
    public const int MaxMentions = 100;
    public const int MaxAttachments = 20;
    public const int MaxMetaEntries = 32;
    public const int MaxMetaKeyBytes = 64;
    public const int MaxMetaValueBytes = 1024;
    public const int MaxQueryBytes = 1024;
    public const int MaxCursorBytes = 256;
    public const int MaxEpochBytes = 64;
    public const int MaxPresenceUsers = 1000;
    public const int MaxInboxPositions = 10_000;
    public const int MaxFileNameBytes = 255; // what file systems allow
    public const int MaxMimeTypeBytes = 255;
    public const int MaxAttachmentIdBytes = 64;
    public const int MaxCountBytes = 1024 * 1024;
}
