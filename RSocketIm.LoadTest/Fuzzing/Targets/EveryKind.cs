using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>A record with the kinds of fields that the contract does not use, or not in every place.</summary>
internal sealed record EveryKind
{
    public static RecordFormat<EveryKind> Format { get; } = new RecordFormatBuilder<EveryKind>(static () => new EveryKind())
        .Optional("number", FieldTypes.WholeNumber(), static r => r.Number, static (r, v) => r.Number = v)
        .WithDefault("limit", FieldTypes.WholeNumber(1, 500), static r => r.Limit, static (r, v) => r.Limit = v)
        .Optional("real", FieldTypes.Number, static r => r.Real, static (r, v) => r.Real = v)
        .Optional("bytes", FieldTypes.Bytes(0, 100_000), static r => r.Bytes, static (r, v) => r.Bytes = v)
        .Optional("lists", FieldTypes.ListOf(FieldTypes.ListOf(FieldTypes.Boolean)), static r => r.Lists, static (r, v) => r.Lists = v)
        .Optional("map", FieldTypes.MapOf(FieldTypes.MapOf(FieldTypes.Bytes()), 1_000, 64), static r => r.Map, static (r, v) => r.Map = v)
        .Optional("inner", FieldTypes.Record(RSocketIm.Server.Contracts.RoomEvent.Format), static r => r.Inner, static (r, v) => r.Inner = v)
        .Build();

    public long? Number { get; set; }

    public long Limit { get; set; } = 50;

    public double? Real { get; set; }

    public byte[]? Bytes { get; set; }

    public IReadOnlyList<IReadOnlyList<bool>>? Lists { get; set; }

    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, byte[]>>? Map { get; set; }

    public RSocketIm.Server.Contracts.RoomEvent? Inner { get; set; }
}
