using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol;

/// <summary>A stream or a connection ended with an ERROR frame, or is to end with one.</summary>
/// <remarks>
/// A requester gets it when the peer answers with ERROR; a handler throws it to answer with exactly this code and text.
/// Any other exception from a handler becomes APPLICATION_ERROR without its text, which stays in the log.
/// </remarks>
public sealed class RSocketException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">The code of the ERROR frame; an application casts its own number, 0x301..0xFFFFFFFE.</param>
    /// <param name="message">The text of the ERROR frame, sent as UTF-8.</param>
    public RSocketException(ErrorCode code, string message)
        : base(message) => Code = code;

    /// <summary>Creates the exception with the failure behind it, which is never sent.</summary>
    /// <param name="code">The code of the ERROR frame.</param>
    /// <param name="message">The text of the ERROR frame.</param>
    /// <param name="inner">What led to it; for the log only.</param>
    public RSocketException(ErrorCode code, string message, Exception? inner)
        : base(message, inner) => Code = code;

    /// <summary>The code of the ERROR frame.</summary>
    public ErrorCode Code { get; }

    /// <summary>Whether the peer is certain to have done nothing, so that sending again is safe (REJECTED).</summary>
    public bool IsSafeToRetry => Code == ErrorCode.Rejected;
}
