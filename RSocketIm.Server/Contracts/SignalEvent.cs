using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>An event of <c>signals.feed</c>; the type says which of the optional fields are there.</summary>
internal sealed record SignalEvent
{
    public const string PresenceType = "presence";
    public const string TypingType = "typing";
    public const string ReceiptType = "receipt";

    public static RecordFormat<SignalEvent> Format { get; } = new RecordFormatBuilder<SignalEvent>(static () => new SignalEvent())
        .Required("type", ContractFields.AnyText, static r => r.Type, static (r, v) => r.Type = v)
        .Required("user", ContractFields.User, static r => r.User, static (r, v) => r.User = v)
        .Optional("online", FieldTypes.Boolean, static r => r.Online, static (r, v) => r.Online = v)
        .Optional("at", ContractFields.Time, static r => r.At, static (r, v) => r.At = v)
        .Optional("until", ContractFields.Time, static r => r.Until, static (r, v) => r.Until = v)
        .Optional("seq", ContractFields.Position, static r => r.Seq, static (r, v) => r.Seq = v)
        .Build();

    /// <summary><c>presence</c>, <c>typing</c> or <c>receipt</c>.</summary>
    public string Type { get; set; } = "";

    public string User { get; set; } = "";

    /// <summary>Presence.</summary>
    public bool? Online { get; set; }

    /// <summary>Presence: since when.</summary>
    public long? At { get; set; }

    /// <summary>Typing.</summary>
    public long? Until { get; set; }

    /// <summary>Receipt: read up to here.</summary>
    public long? Seq { get; set; }
}
