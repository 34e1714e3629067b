using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Tests.Protocol.Payloads.Records;

/// <summary>A record with a field of every kind.</summary>
internal sealed record Sample
{
    public static RecordFormat<Sample> Format { get; } = new RecordFormatBuilder<Sample>(static () => new Sample())
        .Required("text", FieldTypes.Text(), static r => r.Text, static (r, v) => r.Text = v)
        .Required("number", FieldTypes.WholeNumber(), static r => r.Number, static (r, v) => r.Number = v)
        .WithDefault("limit", FieldTypes.WholeNumber(1, 500), static r => r.Limit, static (r, v) => r.Limit = v)
        .Optional("small", FieldTypes.Text(1, 4), static r => r.Small, static (r, v) => r.Small = v)
        .Optional("word", FieldTypes.OneOf("red", "green"), static r => r.Word, static (r, v) => r.Word = v)
        .Optional("flag", FieldTypes.Boolean, static r => r.Flag, static (r, v) => r.Flag = v)
        .Optional("real", FieldTypes.Number, static r => r.Real, static (r, v) => r.Real = v)
        .Optional("bytes", FieldTypes.Bytes(0, 100_000), static r => r.Bytes, static (r, v) => r.Bytes = v)
        .Optional("list", FieldTypes.ListOf(FieldTypes.WholeNumber(), 1000), static r => r.List, static (r, v) => r.List = v)
        .Optional("map", FieldTypes.MapOf(FieldTypes.Text(), 1000, 64), static r => r.Map, static (r, v) => r.Map = v)
        .Optional("inner", FieldTypes.Record(Inner.Format), static r => r.Nested, static (r, v) => r.Nested = v)
        .Optional("raw", FieldTypes.Raw, static r => r.Raw, static (r, v) => r.Raw = v)
        .Build();

    public string Text { get; set; } = "";

    public long Number { get; set; }

    public long Limit { get; set; } = 50;

    public string? Small { get; set; }

    public string? Word { get; set; }

    public bool? Flag { get; set; }

    public double? Real { get; set; }

    public byte[]? Bytes { get; set; }

    public IReadOnlyList<long>? List { get; set; }

    public IReadOnlyDictionary<string, string>? Map { get; set; }

    public Inner? Nested { get; set; }

    public ReadOnlyMemory<byte>? Raw { get; set; }

    internal sealed record Inner
    {
        public static RecordFormat<Inner> Format { get; } = new RecordFormatBuilder<Inner>(static () => new Inner())
            .Required("items", FieldTypes.ListOf(FieldTypes.Text()), static r => r.Items, static (r, v) => r.Items = v)
            .Build();

        public IReadOnlyList<string> Items { get; set; } = [];
    }
}
