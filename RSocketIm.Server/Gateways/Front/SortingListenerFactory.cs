using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace RSocketIm.Server.Gateways.Front;

/// <summary>Listens for the web server where that listens on TCP, and keeps the WebSockets back that an <see cref="IUpgradeDoor"/> serves.</summary>
/// <remarks>
/// A request of the web server lives as long as its WebSocket, some 10 KB of it; ten thousand clients that wait are not to cost that
/// (docs/decisions/0020). Everything else, and every handshake that is not quite in order, goes to the web server as it came.
/// </remarks>
internal sealed class SortingListenerFactory(
    Func<IUpgradeDoor> door, ShortWay way, IOptions<SocketTransportOptions> options, IMemoryPoolFactory<byte> pools, TimeProvider time, ILoggerFactory logs) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    // Kestrel's category for what goes wrong with a connection, for it goes on with them.
    private readonly ILogger transportLog = logs.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets");
    private readonly ILogger<SortingListener> log = logs.CreateLogger<SortingListener>();

    /// <inheritdoc />
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    /// <inheritdoc />
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        SocketTransportOptions sockets = options.Value;
        Socket socket;
        try
        {
            socket = sockets.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(error.Message, error);
        }

        socket.Listen(); // as many as the system lets wait: after a restart everybody comes at once, and who finds no room asks again a second later
        SocketConnectionContextFactory connections = new(
            new SocketConnectionFactoryOptions
            {
                IOQueueCount = sockets.IOQueueCount,
                MaxReadBufferSize = sockets.MaxReadBufferSize,
                MaxWriteBufferSize = sockets.MaxWriteBufferSize,
                UnsafePreferInlineScheduling = sockets.UnsafePreferInlineScheduling,
                WaitForDataBeforeAllocatingBuffer = sockets.WaitForDataBeforeAllocatingBuffer,
            },
            transportLog);
        return new ValueTask<IConnectionListener>(new SortingListener(socket, door(), way, connections, pools.Create(), time, log));
    }
}
