namespace RSocketIm.LoadTest.Durability;

/// <summary>One round of all four, one after the other.</summary>
/// <param name="Sends">Acknowledged messages per second.</param>
/// <param name="Batch">Mean entries of a commit.</param>
/// <param name="Processor">Processor time of the server a message, in microseconds: what is left of a figure that other work on the machine disturbs.</param>
/// <param name="Fsyncs">One-block appends with fsync per second.</param>
/// <param name="RawAppend">Messages per second of appends of the same mean batch with fsync.</param>
/// <param name="SingleTransactions">Messages per second with a SQLite transaction each.</param>
internal sealed record DurableRound(double Sends, double Batch, double Processor, double Fsyncs, double RawAppend, double SingleTransactions)
{
    /// <summary>How much of the raw batched append the server reaches.</summary>
    public double OfRawAppend => Sends / RawAppend;

    /// <summary>How many times one transaction per message.</summary>
    public double TimesSingle => Sends / SingleTransactions;
}
