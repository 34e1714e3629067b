using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Connections;

/// <summary>What a client asked for in its SETUP frame, in a form that may be kept.</summary>
/// <remarks>Spec: Protocol.md, "SETUP Frame (0x01)".</remarks>
public sealed record ConnectionSetup
{
    /// <summary>Major version of the protocol: 1.</summary>
    public int MajorVersion { get; init; } = 1;

    /// <summary>Minor version of the protocol: 0.</summary>
    public int MinorVersion { get; init; }

    /// <summary>Time between two KEEPALIVE frames of the client, 1 ms..2^31-1 ms.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Silence after which the client takes the peer for dead, 1 ms..2^31-1 ms.</summary>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>MIME type of metadata, 1..255 ASCII characters.</summary>
    public string MetadataMimeType { get; init; } = "message/x.rsocket.composite-metadata.v0";

    /// <summary>MIME type of data, 1..255 ASCII characters.</summary>
    public string DataMimeType { get; init; } = "application/octet-stream";

    /// <summary>Whether requests are paced by LEASE frames in both directions.</summary>
    public bool Lease { get; init; }

    /// <summary>The opaque token by which the client wants to resume, 0..65,535 bytes; null when it does not want to.</summary>
    public ReadOnlyMemory<byte>? ResumeToken { get; init; }

    /// <summary>The payload of SETUP; its metadata carry credentials, for example. Empty in <see cref="RSocketConnection.Setup"/> of a server's connection once it is accepted: credentials are not kept.</summary>
    public Payload Payload { get; init; }
}
