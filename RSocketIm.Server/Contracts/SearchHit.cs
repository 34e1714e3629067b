using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>A message that was found.</summary>
internal sealed record SearchHit
{
    public static RecordFormat<SearchHit> Format { get; } = new RecordFormatBuilder<SearchHit>(static () => new SearchHit())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("seq", ContractFields.Seq, static r => r.Seq, static (r, v) => r.Seq = v)
        .Required("at", ContractFields.Time, static r => r.At, static (r, v) => r.At = v)
        .Required("from", ContractFields.User, static r => r.From, static (r, v) => r.From = v)
        .Required("text", ContractFields.AnyText, static r => r.Text, static (r, v) => r.Text = v)
        .Build();

    public string Room { get; set; } = "";

    public long Seq { get; set; }

    public long At { get; set; }

    public string From { get; set; } = "";

    public string Text { get; set; } = "";
}
