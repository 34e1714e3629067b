namespace RSocketIm.Protocol.Frames;

/// <summary>The 32-bit code of an ERROR frame.</summary>
/// <remarks>
/// Codes 0x001..0x1FF belong to the connection (stream 0), 0x201..0x204 to a stream. An application uses
/// 0x301..0xFFFFFFFE: cast the number. 0 and 0xFFFFFFFF are reserved. Spec: Protocol.md, "Error Codes".
/// </remarks>
public enum ErrorCode : uint
{
    /// <summary>Reserved; never sent.</summary>
    Reserved = 0x000,

    /// <summary>The SETUP frame is malformed, has a version this side does not speak, or is not the first frame. Stream 0.</summary>
    InvalidSetup = 0x001,

    /// <summary>The SETUP asks for something this side does not support, for example a MIME type or leases. Stream 0.</summary>
    UnsupportedSetup = 0x002,

    /// <summary>The application refused the SETUP, for example because of its credentials. Stream 0.</summary>
    RejectedSetup = 0x003,

    /// <summary>The RESUME was refused; the client starts again with a SETUP. Stream 0.</summary>
    RejectedResume = 0x004,

    /// <summary>The connection is broken and closes at once. Stream 0.</summary>
    ConnectionError = 0x101,

    /// <summary>The connection closes in order: no new streams, the open ones may finish. Stream 0.</summary>
    ConnectionClose = 0x102,

    /// <summary>The application failed; the data say how. Stream above 0.</summary>
    ApplicationError = 0x201,

    /// <summary>The request was refused before anything was done for it; it is safe to send again. Stream above 0.</summary>
    Rejected = 0x202,

    /// <summary>The responder gave up; it may have done part of the work. Stream above 0.</summary>
    Canceled = 0x203,

    /// <summary>The request is invalid as a matter of the protocol or the payload's form. Stream above 0.</summary>
    Invalid = 0x204,

    /// <summary>Reserved for extensions; never sent.</summary>
    ReservedForExtension = 0xFFFFFFFF,
}
