using System.IO.Pipelines;
using System.Net.Sockets;

namespace RSocketIm.Protocol.Transports;

/// <summary>A connected socket as a pipe, for transports that are made for pipes: without tasks of its own, and without a buffer while nothing moves.</summary>
/// <remarks>
/// <para>What is flushed goes to the system on the thread that flushes; only when the peer does not take it is there anything to wait for. What
/// has come is taken on the thread that the wait for it ends on.</para>
/// <para>Neither end closes the socket, which is its owner's; a wait that is under way ends when it is closed, and not before.</para>
/// </remarks>
public sealed class SocketPipe : IDuplexPipe
{
    private readonly Socket socket;

    /// <summary>Takes a socket into use, which from now on does not block.</summary>
    /// <param name="socket">A connected stream socket that nobody else reads or writes.</param>
    public SocketPipe(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        this.socket = socket;
        socket.Blocking = false;
        Input = new SocketPipeReader(socket);
        Output = new SocketPipeWriter(socket);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>Drops the connection with a reset, at once and from any thread.</summary>
    public void Abort() => socket.Close(0);
}
