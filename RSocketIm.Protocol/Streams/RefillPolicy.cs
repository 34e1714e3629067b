namespace RSocketIm.Protocol.Streams;

/// <summary>How a receiver that consumes one payload after the other grants credit: a number ahead, topped up in batches.</summary>
/// <remarks>
/// The peer may be at most <see cref="Prefetch"/> payloads ahead, and that many are buffered at most. REQUEST_N is sent when
/// half of them are consumed, so that the stream does not pause for a round trip and one frame serves many payloads.
/// </remarks>
public sealed record RefillPolicy
{
    /// <summary>64 ahead: at a round trip of 20 ms this still covers 1,600 payloads a second.</summary>
    public static RefillPolicy Default { get; } = new();

    /// <summary>How far the peer may be ahead of the consumer, in payloads, 1..2^31-1, default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Prefetch
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 64;

    /// <summary>How many must be consumed before they are granted again: half of <see cref="Prefetch"/>, at least 1.</summary>
    public int Batch => Math.Max(1, Prefetch / 2);
}
