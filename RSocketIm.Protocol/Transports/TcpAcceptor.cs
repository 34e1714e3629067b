using System.Net;
using System.Net.Sockets;

namespace RSocketIm.Protocol.Transports;

/// <summary>Listens on one TCP address and hands over what connects, one socket after the other, until it is disposed.</summary>
public sealed class TcpAcceptor : IAsyncDisposable
{
    // What begins with each is some 50 µs of work.
    private const int MostAtATime = 16;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(10);

    private readonly Socket socket;
    private readonly CancellationTokenSource stopping = new();
    private Task accepting = Task.CompletedTask;

    /// <summary>Listens; who connects waits until <see cref="Start"/>.</summary>
    /// <param name="endPoint">Where; port 0 takes a free one.</param>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public TcpAcceptor(IPEndPoint endPoint)
        : this(Listen(endPoint))
    {
    }

    /// <summary>Takes over a socket that listens already.</summary>
    /// <param name="listening">The socket, on an address of TCP; disposed with the acceptor.</param>
    public TcpAcceptor(Socket listening)
    {
        ArgumentNullException.ThrowIfNull(listening);
        socket = listening;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        Stopping = stopping.Token;
    }

    /// <summary>Where it listens, with the port that was taken for port 0.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Cancelled when it stops listening.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Begins to accept. Once.</summary>
    /// <param name="accepted">Takes over a socket; returns soon and does not throw.</param>
    /// <param name="failed">Is told that one could not be accepted; the next one may.</param>
    public void Start(Action<Socket> accepted, Action<SocketException> failed) => accepting = Task.Run(() => AcceptAsync(accepted, failed));

    /// <summary>Stops listening; sockets that were handed over go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        socket.Dispose();
        await accepting.ConfigureAwait(false);
    }

    private static Socket Listen(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen();
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return socket;
    }

    private async Task AcceptAsync(Action<Socket> accepted, Action<SocketException> failed)
    {
        for (int atATime = 0; !Stopping.IsCancellationRequested;)
        {
            try
            {
                ValueTask<Socket> accepting = socket.AcceptAsync(Stopping);
                bool waits = !accepting.IsCompleted;
                Socket next = await accepting.ConfigureAwait(false);

                // In turn with everything else: the thread that ends the wait may be the one that all sockets wait on, and who comes in great
                // number must not keep those waiting who are here. Those that are not accepted yet stand in the system's queue, which is bounded.
                if (waits || ++atATime == MostAtATime)
                {
                    atATime = 0;
                    await Task.Yield();
                }

                accepted(next);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException && Stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException error)
            {
                // The peer was gone before it was accepted, or this process is out of descriptors; either way the next may do.
                failed(error);
                await Task.Delay(PauseAfterFailure, Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
