namespace RSocketIm.Protocol.Transports;

/// <summary>Some payloads of a run, in their order.</summary>
/// <param name="Run">The run.</param>
/// <param name="First">Index of the first payload, 0 or more.</param>
/// <param name="Count">How many, 1 or more.</param>
public readonly record struct RunSlice(PayloadRun Run, int First, int Count)
{
    /// <summary>The frames in their order that have no more than so many bytes together, but at least the first.</summary>
    /// <param name="payloads">No more payloads than these either, 1 or more.</param>
    /// <param name="bytes">Bytes, as <see cref="PayloadRun.MessageLength"/> counts them.</param>
    public RunSlice Within(long payloads, int bytes) => this with { Count = Run.CountWithin(First, (int)Math.Min(Count, payloads), bytes) };
}
