using System.Net.Sockets;

namespace RSocketIm.Server.Gateways.Front;

/// <summary>Serves WebSockets that never become a request of the web server.</summary>
internal interface IUpgradeDoor
{
    /// <summary>Whether anybody may come in this way now.</summary>
    bool IsOpen { get; }

    /// <summary>Takes over a connection, if all is in order with it. What is not goes the long way, where it is told what is wrong.</summary>
    /// <param name="socket">The connection, whose first bytes are still unread.</param>
    /// <param name="request">They are this request.</param>
    /// <returns>Whether the door serves it, and will close it.</returns>
    /// <exception cref="SocketException">It was taken over, and the client is gone.</exception>
    Task<bool> TryServeAsync(Socket socket, UpgradeRequest request);
}
