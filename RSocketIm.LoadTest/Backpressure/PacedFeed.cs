namespace RSocketIm.LoadTest.Backpressure;

/// <summary>One feed of a reader.</summary>
/// <param name="Stream">Its stream's id.</param>
/// <param name="Room">The room.</param>
/// <param name="Ledger">Its books.</param>
/// <param name="Pattern">How its reader grants.</param>
internal sealed record PacedFeed(int Stream, string Room, StreamLedger Ledger, CreditPattern Pattern)
{
    /// <summary>Whether its reader grants nothing.</summary>
    public bool IsStalled { get; set; }
}
