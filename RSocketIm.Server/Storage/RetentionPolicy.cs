namespace RSocketIm.Server.Storage;

/// <summary>How much of a room is kept; what is outside either bound goes. Both null: everything is kept.</summary>
/// <param name="Entries">Newest entries to keep, 1 or more.</param>
/// <param name="Age">How long an entry is kept at least.</param>
internal sealed record RetentionPolicy(long? Entries, TimeSpan? Age)
{
    /// <summary>Keeps everything.</summary>
    public static RetentionPolicy KeepAll { get; } = new(null, null);
}
