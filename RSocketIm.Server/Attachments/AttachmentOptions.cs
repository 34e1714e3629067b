namespace RSocketIm.Server.Attachments;

/// <summary>Where uploaded files are kept, and what uploading may use.</summary>
internal sealed class AttachmentOptions
{
    /// <summary>The directory of the files, made when missing.</summary>
    public required string Directory { get; init; }

    /// <summary>Largest file, in bytes, 0 or more, default 64 MiB.</summary>
    public long MaxBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 64L << 20;

    /// <summary>
    /// Attachments of one room, in bytes, 0 (no limit) or more, default 10 GiB: 160 files of the largest size, and no room, which anybody may
    /// make, fills the disk of all.
    /// </summary>
    /// <remarks>
    /// Each content counts once a room, however many attachments have it: that is what the room has on disk. What another room has
    /// too counts here as well, or deleting there would put this one over its limit.
    /// </remarks>
    public long RoomBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 10L << 30;

    /// <summary>Uploads at the same time in the whole server, 1 or more, default 256: each may hold 8 payloads in memory and a file of the largest size on disk.</summary>
    public int MaxOpenUploads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 256;

    /// <summary>How long a file that no message carries is kept, default 24 h: time enough to write the message.</summary>
    public TimeSpan UnusedFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Time between two looks for files that are not used, default 1 h.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromHours(1);
}
