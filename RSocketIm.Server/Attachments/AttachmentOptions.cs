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
