namespace RSocketIm.Protocol.Frames;

/// <summary>The peer broke the protocol in a way that ends the connection.</summary>
/// <remarks>
/// Errors that end only one stream never take this form: they are ordinary outcomes of reading, so that a hostile
/// peer cannot make the server throw once per frame.
/// </remarks>
public sealed class ProtocolViolationException : Exception
{
    /// <summary>Creates the exception for CONNECTION_ERROR.</summary>
    /// <param name="message">What came and what is allowed, for example "Frame length 3 is outside 6..1000 bytes."</param>
    public ProtocolViolationException(string message)
        : this(ErrorCode.ConnectionError, message)
    {
    }

    /// <summary>Creates the exception for a given code of stream 0.</summary>
    /// <param name="code">The code for the ERROR frame on stream 0.</param>
    /// <param name="message">What came and what is allowed.</param>
    public ProtocolViolationException(ErrorCode code, string message)
        : base(message) => Code = code;

    /// <summary>The code that the ERROR frame on stream 0 carries.</summary>
    public ErrorCode Code { get; }

    /// <summary>Whether the bytes ended inside a frame: what a peer that was cut off looks like.</summary>
    internal bool IsTruncation { get; init; }

    /// <summary>Whether it is about a frame that is longer than this side accepts.</summary>
    public bool IsFrameTooLong { get; internal init; }
}
