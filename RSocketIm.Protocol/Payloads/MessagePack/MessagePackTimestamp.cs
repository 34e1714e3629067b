namespace RSocketIm.Protocol.Payloads.MessagePack;

/// <summary>A point in time as MessagePack has it (extension type -1).</summary>
/// <param name="Seconds">Seconds since 1970-01-01T00:00:00Z, negative before.</param>
/// <param name="Nanoseconds">Nanoseconds to add, 0..999 999 999.</param>
/// <remarks>Wider and finer than <see cref="DateTimeOffset"/>. MessagePack spec, "Timestamp extension type".</remarks>
public readonly record struct MessagePackTimestamp(long Seconds, uint Nanoseconds)
{
    /// <summary>The extension type of timestamps.</summary>
    public const sbyte ExtensionType = -1;

    /// <summary>The greatest value of <see cref="Nanoseconds"/>.</summary>
    public const uint MaxNanoseconds = 999_999_999;

    private const long MillisecondsPerSecond = 1_000;
    private const uint NanosecondsPerMillisecond = 1_000_000;

    /// <summary>The timestamp of Unix milliseconds.</summary>
    /// <param name="milliseconds">Milliseconds since 1970, negative before.</param>
    public static MessagePackTimestamp FromUnixMilliseconds(long milliseconds)
    {
        (long seconds, long rest) = Math.DivRem(milliseconds, MillisecondsPerSecond);
        return rest < 0
            ? new MessagePackTimestamp(seconds - 1, (uint)(rest + MillisecondsPerSecond) * NanosecondsPerMillisecond)
            : new MessagePackTimestamp(seconds, (uint)rest * NanosecondsPerMillisecond);
    }

    /// <summary>Whole Unix milliseconds, rounded down.</summary>
    /// <param name="milliseconds">Milliseconds since 1970, negative before.</param>
    /// <returns>False when they do not fit into 64 bits.</returns>
    public bool TryGetUnixMilliseconds(out long milliseconds)
    {
        Int128 exact = ((Int128)Seconds * MillisecondsPerSecond) + (Nanoseconds / NanosecondsPerMillisecond);
        bool fits = exact >= long.MinValue && exact <= long.MaxValue;
        milliseconds = fits ? (long)exact : 0;
        return fits;
    }
}
