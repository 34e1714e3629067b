using System.Net.Sockets;
using System.Net.WebSockets;

namespace RSocketIm.Protocol.Transports;

/// <summary>What the many ways in which sockets and pipes fail are to the loops: one <see cref="IOException"/>.</summary>
internal static class TransportFailure
{
    public static bool Is(Exception error) =>
        error is IOException or SocketException or WebSocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;

    public static IOException From(Exception error) => error as IOException ?? new IOException($"The transport failed: {error.Message}", error);
}
