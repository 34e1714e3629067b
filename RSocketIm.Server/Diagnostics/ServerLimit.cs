namespace RSocketIm.Server.Diagnostics;

/// <summary>The bounds that concern more than one connection; those of one are the library's <see cref="Protocol.Connections.ConnectionLimit"/>.</summary>
internal enum ServerLimit
{
    /// <summary><c>MaxConnections</c>.</summary>
    Connections,

    /// <summary><c>MaxConnectionsPerAddress</c>.</summary>
    ConnectionsPerAddress,

    /// <summary><c>MaxMemoryPercent</c>, <c>MaxMemoryBytes</c>: a connection was refused.</summary>
    Memory,

    /// <summary><c>CommitQueueBytes</c>: a command waits outside.</summary>
    CommitQueueBytes,

    /// <summary><c>SendsPerSecond</c>.</summary>
    SendsPerSecond,

    /// <summary><c>SignInsPerMinute</c>.</summary>
    SignInsPerMinute,

    /// <summary><c>FailedSignInsPerName</c>.</summary>
    FailedSignInsPerName,

    /// <summary>Passwords that wait for their turn to be hashed.</summary>
    PasswordsWaiting,

    /// <summary><c>MaxAttachmentBytes</c>.</summary>
    AttachmentBytes,

    /// <summary><c>AttachmentBytesPerRoom</c>.</summary>
    AttachmentBytesPerRoom,

    /// <summary>Uploads under way in the whole server.</summary>
    OpenUploads,

    /// <summary>An HTTP body above 64 KiB.</summary>
    HttpBodyBytes,

    /// <summary>Tickets that nobody has used yet.</summary>
    Tickets,

    /// <summary><c>Mqtt:MaxPacketBytes</c>.</summary>
    MqttPacketBytes,

    /// <summary><c>Mqtt:MaxSubscriptions</c>.</summary>
    MqttSubscriptions,

    /// <summary><c>Mqtt:MaxSessionsPerUser</c>.</summary>
    MqttSessions,
}
