using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Server.Gateways.Front;

/// <summary>One address of the web server: looks at the first bytes of each connection, without taking them, and says whose it is.</summary>
internal sealed class SortingListener : IConnectionListener, IMemoryPoolFeature
{
    // Those that have not said a word: beyond so many the web server has them, which counts and bounds them.
    internal const int MaxSilent = 1_024;

    // A head beyond this is unusual; a token may take 8 KiB of it.
    private const int LookBytes = 16_384;

    // Long enough for a client that connects before it has anything to ask.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Channel<ConnectionContext> requests = Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IUpgradeDoor door;
    private readonly ShortWay way;
    private readonly SocketConnectionContextFactory connections;
    private readonly TimeProvider time;
    private readonly TcpAcceptor acceptor;
    private readonly ILogger<SortingListener> log;
    private int silent;

    public SortingListener(
        Socket listening, IUpgradeDoor door, ShortWay way, SocketConnectionContextFactory connections, MemoryPool<byte> pool, TimeProvider time, ILogger<SortingListener> log)
    {
        this.door = door;
        this.way = way;
        this.connections = connections;
        this.time = time;
        this.log = log;
        MemoryPool = pool;
        acceptor = new TcpAcceptor(listening);
        acceptor.Start(socket => _ = SortAsync(socket), error => log.AcceptFailed(error, EndPoint));
    }

    /// <inheritdoc />
    public EndPoint EndPoint => acceptor.EndPoint;

    /// <summary>Where the web server takes its buffers from. The connections' factory would give it a pool that answers the wish for any buffer with an empty one.</summary>
    public MemoryPool<byte> MemoryPool { get; }

    /// <inheritdoc />
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await requests.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (requests.Reader.TryRead(out ConnectionContext? request))
            {
                return request;
            }
        }

        return null;
    }

    /// <inheritdoc />
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await acceptor.DisposeAsync().ConfigureAwait(false);
        requests.Writer.TryComplete();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        while (requests.Reader.TryRead(out ConnectionContext? request))
        {
            await request.DisposeAsync().ConfigureAwait(false); // came as the server went
        }

        connections.Dispose();
        MemoryPool.Dispose();
    }

    private async Task SortAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            if (door.IsOpen && way.IsOpen && await SpeaksAsync(socket).ConfigureAwait(false)
                && Look(socket) is { } request && await door.TryServeAsync(socket, request).ConfigureAwait(false))
            {
                return;
            }

            ConnectionContext connection = connections.Create(socket);
            connection.Features.Set<IMemoryPoolFeature>(this);
            if (!requests.Writer.TryWrite(connection))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            socket.Dispose(); // the client is gone before it said what it wanted, or the server is
        }
        catch (Exception error)
        {
            log.SortingFailed(error, EndPoint);
            socket.Dispose();
        }
    }

    // False: it is silent, or many are.
    private async ValueTask<bool> SpeaksAsync(Socket socket)
    {
        try
        {
            if (Interlocked.Increment(ref silent) > MaxSilent)
            {
                return false;
            }

            using CancellationTokenSource enough = new(Patience, time);
            using CancellationTokenRegistration stop = acceptor.Stopping.UnsafeRegister(static enough => ((CancellationTokenSource)enough!).Cancel(), enough);
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, enough.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref silent);
        }
    }

    private static UpgradeRequest? Look(Socket socket)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(LookBytes);
        try
        {
            int seen = socket.Receive(bytes, SocketFlags.Peek); // there is something, if only the end
            return UpgradeRequest.TryRead(bytes.AsMemory(0, seen));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
