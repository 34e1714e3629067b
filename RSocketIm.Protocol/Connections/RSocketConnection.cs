using System.Net;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>One connection as its owner sees it: what it was set up with, a requester towards the peer, and its end.</summary>
public sealed class RSocketConnection
{
    private readonly ConnectionCore core;
    private LazyCompletion closed;

    internal RSocketConnection(ConnectionCore core)
    {
        this.core = core;
        Requester = new ConnectionRequester(core);
    }

    /// <summary>What the client asked for in SETUP.</summary>
    /// <exception cref="InvalidOperationException">The SETUP has not come yet.</exception>
    public ConnectionSetup Setup { get => field ?? throw new InvalidOperationException("The SETUP has not come yet."); internal set; }

    /// <summary>Sends requests to the peer; a server may do so as soon as it has accepted the SETUP.</summary>
    public RSocketRequester Requester { get; }

    /// <summary>The peer's address, or null where there is none; of the transport in use.</summary>
    public EndPoint? RemoteEndPoint => core.Transport.RemoteEndPoint;

    /// <summary>What kind of transport this is and whom it reaches; for logs.</summary>
    public string Description => core.Transport.Description;

    /// <summary>Whether the connection has lost its transport and waits to be resumed. Streams stay as they are, and requests wait.</summary>
    public bool IsDetached => core.IsLinkLost && core.State < ConnectionState.Closing;

    /// <summary>Completes when the connection is over, however it ended; never fails. <see cref="CloseReason"/> says why.</summary>
    public Task Closed => closed.Task;

    /// <summary>Why the connection ended: null when it was in order, or is not over.</summary>
    public Exception? CloseReason => core.CloseReason;

    /// <summary>Takes no new streams, lets the open ones finish, then closes with CONNECTION_CLOSE.</summary>
    /// <param name="cancellationToken">Ends the patience: the connection is closed at once.</param>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        core.Drain(peerAsked: false);
        try
        {
            await core.Drained.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            core.BeginClose(ErrorCode.ConnectionClose, "The connection is closed now.", null);
        }

        await Closed.ConfigureAwait(false);
    }

    /// <summary>Ends every stream that the peer opened with an ERROR, at once and without needing credit; the connection goes on.</summary>
    /// <remarks>For a peer that lost its rights. A request that arrives at the same moment may be served: have the responder refuse it first, then call this.</remarks>
    /// <param name="error">The code and text.</param>
    public void EndStreams(RSocketException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        core.EndPeerStreams(error);
    }

    /// <summary>Ends the connection at once with an ERROR on stream 0; streams fail.</summary>
    /// <param name="code">A code of stream 0, or of the application.</param>
    /// <param name="message">Its text.</param>
    public void Abort(ErrorCode code, string message) => core.BeginClose(code, message, new RSocketException(code, message));

    /// <summary>The inside, for tests.</summary>
    internal ConnectionCore Core => core;

    internal void SetClosed() => closed.Complete();
}
