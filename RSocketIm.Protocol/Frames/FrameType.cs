namespace RSocketIm.Protocol.Frames;

/// <summary>The 6-bit type of a frame.</summary>
/// <remarks>Spec: Protocol.md, "Frame Types".</remarks>
public enum FrameType : byte
{
    /// <summary>Reserved; never sent.</summary>
    Reserved = 0x00,

    /// <summary>SETUP: first frame of a connection, client to server.</summary>
    Setup = 0x01,

    /// <summary>LEASE: the responder allows a number of requests for a time.</summary>
    Lease = 0x02,

    /// <summary>KEEPALIVE: a sign of life, echoed when it asks for that.</summary>
    KeepAlive = 0x03,

    /// <summary>REQUEST_RESPONSE: one request, one response.</summary>
    RequestResponse = 0x04,

    /// <summary>REQUEST_FNF: one request, never a response.</summary>
    RequestFireAndForget = 0x05,

    /// <summary>REQUEST_STREAM: one request, many responses paced by credit.</summary>
    RequestStream = 0x06,

    /// <summary>REQUEST_CHANNEL: many requests, many responses, each direction paced by credit.</summary>
    RequestChannel = 0x07,

    /// <summary>REQUEST_N: more credit.</summary>
    RequestN = 0x08,

    /// <summary>CANCEL: the receiver wants no more.</summary>
    Cancel = 0x09,

    /// <summary>PAYLOAD: an element, the end of a stream, or both.</summary>
    Payload = 0x0A,

    /// <summary>ERROR: the end of a stream or connection by failure.</summary>
    Error = 0x0B,

    /// <summary>METADATA_PUSH: metadata for the connection, never answered.</summary>
    MetadataPush = 0x0C,

    /// <summary>RESUME: first frame of a connection that continues an earlier one.</summary>
    Resume = 0x0D,

    /// <summary>RESUME_OK: the answer to RESUME.</summary>
    ResumeOk = 0x0E,

    /// <summary>EXT: an extension with a 31-bit type of its own.</summary>
    Extension = 0x3F,
}
