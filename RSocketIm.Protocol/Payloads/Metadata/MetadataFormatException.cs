namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Metadata bytes do not follow their format, for example because an entry is longer than what is left.</summary>
/// <remarks>It concerns one payload only: a responder answers that request with ERROR[INVALID], and the connection lives.</remarks>
public sealed class MetadataFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="offset">Where the broken part starts, in bytes from the start of the metadata that were read.</param>
    /// <param name="message">What is there and what is allowed.</param>
    public MetadataFormatException(long offset, string message)
        : base($"{message} (at byte {offset})") => Offset = offset;

    /// <summary>Where the broken part starts, in bytes from the start of the metadata that were read.</summary>
    public long Offset { get; }
}
