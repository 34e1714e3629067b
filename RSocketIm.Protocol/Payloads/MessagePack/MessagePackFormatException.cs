namespace RSocketIm.Protocol.Payloads.MessagePack;

/// <summary>Bytes are not MessagePack, or hold another value than the one asked for.</summary>
/// <remarks>The only exception that reading raises. A reader that raised it has no defined position any more.</remarks>
public sealed class MessagePackFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="offset">Where the value starts, in bytes from the start of what was read.</param>
    /// <param name="message">What was found and what was wanted.</param>
    public MessagePackFormatException(long offset, string message)
        : base($"{message} (at byte {offset})") => Offset = offset;

    /// <summary>Where the value starts, in bytes from the start of what was read.</summary>
    public long Offset { get; }
}
