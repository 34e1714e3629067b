namespace RSocketIm.Protocol.Frames;

/// <summary>The 10 flag bits of a frame; the meaning of the lower eight depends on the frame's type.</summary>
/// <remarks>
/// A flag that a type does not define is sent as 0 and never interpreted. Spec: Protocol.md, "Frame Header Format"
/// and the section of each frame.
/// </remarks>
[Flags]
public enum FrameFlags : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>I: a receiver that does not understand the frame ignores it.</summary>
    Ignore = 0x200,

    /// <summary>M: metadata are present, possibly empty.</summary>
    Metadata = 0x100,

    /// <summary>F (REQUEST_*, PAYLOAD): more fragments follow.</summary>
    Follows = 0x080,

    /// <summary>R (SETUP): the client wants to be able to resume; a token is present.</summary>
    ResumeEnable = 0x080,

    /// <summary>R (KEEPALIVE): answer with the same data.</summary>
    Respond = 0x080,

    /// <summary>C (REQUEST_CHANNEL, PAYLOAD): the sender's direction is complete.</summary>
    Complete = 0x040,

    /// <summary>L (SETUP): the client honours LEASE.</summary>
    Lease = 0x040,

    /// <summary>N (PAYLOAD): the frame carries an element, possibly of zero length.</summary>
    Next = 0x020,
}
