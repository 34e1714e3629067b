using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>messages.search</c>.</summary>
internal sealed record SearchPage
{
    public static RecordFormat<SearchPage> Format { get; } = new RecordFormatBuilder<SearchPage>(static () => new SearchPage())
        .Required("hits", FieldTypes.ListOf(FieldTypes.Record(SearchHit.Format)), static r => r.Hits, static (r, v) => r.Hits = v)
        .Required("more", FieldTypes.Boolean, static r => r.More, static (r, v) => r.More = v)
        .Build();

    public IReadOnlyList<SearchHit> Hits { get; set; } = [];

    public bool More { get; set; }
}
