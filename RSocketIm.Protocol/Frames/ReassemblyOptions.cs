namespace RSocketIm.Protocol.Frames;

/// <summary>Bounds on payloads that arrive in fragments; all of them per connection.</summary>
/// <remarks>The spec demands bounds without naming any: Protocol.md, "Handling the Unexpected", 6.</remarks>
public sealed record ReassemblyOptions
{
    /// <summary>The bounds of a connection that nobody configured.</summary>
    public static ReassemblyOptions Default { get; } = new();

    /// <summary>The largest payload, metadata and data together, in bytes, 64..1,073,741,824, default 1,048,576.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxPayloadBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 64);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 30);
            field = value;
        }
    } = 1 << 20;

    /// <summary>The number of incomplete payloads at a time, 1..65,536, default 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxPartials
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 65_536);
            field = value;
        }
    } = 256;

    /// <summary>
    /// The bytes of all incomplete payloads together, 64..17,179,869,184, default 4,194,304: four of the largest at a time.
    /// The memory behind them can be twice as much and 512 bytes for each.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public long MaxPartialBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 64);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1L << 34);
            field = value;
        }
    } = 4 << 20;

    /// <summary>How long an incomplete payload may wait for its next fragment, above 0 and at most a day, default 30 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan MaxAge
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(30);

    /// <summary>The number of fragments that a payload of <paramref name="bytes"/> bytes may take: 64 + bytes / 32.</summary>
    /// <param name="bytes">The bytes that have arrived so far.</param>
    /// <remarks>
    /// Each fragment costs time whatever it carries, so a million empty ones must not pass. The smallest frame that peers cut
    /// to is 64 bytes, of which the header, an initial n and a metadata length leave 51 for the payload; 32 is the power of
    /// two below that, and 64 forgives a short start.
    /// </remarks>
    public static long GetMaxFragments(long bytes) => 64 + (bytes / 32);
}
