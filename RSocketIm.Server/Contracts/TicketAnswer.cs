using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Answer of <c>POST /api/tickets</c>.</summary>
internal sealed record TicketAnswer
{
    public static RecordFormat<TicketAnswer> Format { get; } = new RecordFormatBuilder<TicketAnswer>(static () => new TicketAnswer())
        .Required("ticket", ContractFields.AnyText, static r => r.Ticket, static (r, v) => r.Ticket = v)
        .Required("expiresAt", ContractFields.Time, static r => r.ExpiresAt, static (r, v) => r.ExpiresAt = v)
        .Build();

    public string Ticket { get; set; } = "";

    /// <summary>Unix milliseconds.</summary>
    public long ExpiresAt { get; set; }

    // A record's own ToString would put the ticket into whatever log it reaches.
    public override string ToString() => nameof(TicketAnswer);
}
