namespace RSocketIm.Protocol.Transports;

/// <summary>What the bytes from a WebSocket client amount to.</summary>
internal enum WebSocketEvent
{
    /// <summary>Nothing whole yet.</summary>
    None,

    /// <summary>A binary message.</summary>
    Message,

    /// <summary>A ping, to be answered with its content.</summary>
    Ping,

    /// <summary>The client ends its direction; the content is a status code and a reason, or nothing.</summary>
    Close,
}
