using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>presence.get</c>.</summary>
internal sealed record PresenceResult
{
    public static RecordFormat<PresenceResult> Format { get; } = new RecordFormatBuilder<PresenceResult>(static () => new PresenceResult())
        .Required("presence", FieldTypes.ListOf(FieldTypes.Record(PresenceInfo.Format)), static r => r.Presence, static (r, v) => r.Presence = v)
        .Build();

    public IReadOnlyList<PresenceInfo> Presence { get; set; } = [];
}
