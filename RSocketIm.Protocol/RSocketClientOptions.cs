using System.Net.Security;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol;

/// <summary>How a client connects, and what bounds its connection.</summary>
public sealed record RSocketClientOptions : ConnectionOptions
{
    /// <summary>What SETUP says: MIME types, keepalive times, credentials.</summary>
    public ConnectionSetup Setup { get; init; } = new();

    /// <summary>Makes the SETUP anew for each connection, for credentials that expire; <see cref="Setup"/> when null.</summary>
    public Func<CancellationToken, ValueTask<ConnectionSetup>>? SetupFactory { get; init; }

    /// <summary>Answers the server's requests; null refuses them all.</summary>
    public RSocketResponder? Responder { get; init; }

    /// <summary>How long one attempt to connect may take, 1 ms..1 h, default 10 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan ConnectTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(10);

    /// <summary>Connects again when the connection is lost; null: it does not.</summary>
    public ReconnectOptions? Reconnect { get; init; }

    /// <summary>TLS settings for <c>tcps:</c> and <c>wss:</c>; the system's defaults when null.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Sets request headers and the like for <c>ws:</c> and <c>wss:</c>; may be null.</summary>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; init; }

    /// <summary>Where to log; nowhere when null.</summary>
    public ILogger? Logger { get; init; }
}
