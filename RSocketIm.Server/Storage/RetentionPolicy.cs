namespace RSocketIm.Server.Storage;

/// <summary>How much of a room is kept; what is outside either bound goes. Both null: everything is kept.</summary>
/// <param name="Entries">Newest entries to keep, 1 or more.</param>
/// <param name="Age">How long an entry is kept at least.</param>
/// <exception cref="ArgumentOutOfRangeException">Entries below 1, or an age that is not more than zero.</exception>
internal sealed record RetentionPolicy(long? Entries, TimeSpan? Age)
{
    /// <summary>Newest entries to keep, 1 or more.</summary>
    public long? Entries { get; init; } = Entries is null or >= 1
        ? Entries
        : throw new ArgumentOutOfRangeException(nameof(Entries), Entries, "At least one entry is kept.");

    /// <summary>How long an entry is kept at least, more than zero.</summary>
    public TimeSpan? Age { get; init; } = Age is null || Age > TimeSpan.Zero
        ? Age
        : throw new ArgumentOutOfRangeException(nameof(Age), Age, "An age is more than zero.");

    /// <summary>Keeps everything.</summary>
    public static RetentionPolicy KeepAll { get; } = new(null, null);
}
