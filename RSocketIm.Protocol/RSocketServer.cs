using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol;

/// <summary>Accepts RSocket connections over any transport: a handler judges each SETUP and returns who answers.</summary>
/// <remarks>
/// A transport comes from a listener of this class (<see cref="ListenTcp"/>) or from a web server that hands over a
/// WebSocket or a pipe: give it to <see cref="ServeAsync"/>.
/// </remarks>
public sealed class RSocketServer : IAsyncDisposable
{
    // What the loops of a dropped connection need to notice it, unless a handler holds them.
    private static readonly TimeSpan LoopsEnd = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<RSocketConnection, bool> connections = new(); // a set
    private readonly Action<RSocketConnection> forget;
    private readonly ConcurrentBag<RSocketListener> listeners = [];
    private readonly RSocketServerOptions options;
    private readonly ConnectionAcceptor acceptor;
    private readonly ResumeSessions? sessions;
    private readonly ILogger logger;
    private volatile bool closing;

    /// <summary>Creates a server that listens nowhere yet.</summary>
    /// <param name="acceptor">Judges each SETUP.</param>
    /// <param name="options">Limits and times; the defaults when null.</param>
    /// <param name="logger">Where to log; nowhere when null.</param>
    public RSocketServer(ConnectionAcceptor acceptor, RSocketServerOptions? options = null, ILogger<RSocketServer>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(acceptor);
        this.acceptor = acceptor;
        this.options = options ?? new RSocketServerOptions();
        this.logger = logger ?? NullLogger<RSocketServer>.Instance;
        forget = connection => connections.TryRemove(connection, out _);
        sessions = this.options.Resume is { } resume ? new ResumeSessions(resume, this.options.TimeProvider, this.logger) : null;
    }

    /// <summary>The connections that are open now, those still being set up and those that wait to be resumed included.</summary>
    public ICollection<RSocketConnection> Connections => connections.Keys;

    /// <summary>What became of resumable sessions; null when <see cref="ConnectionOptions.Resume"/> is.</summary>
    public ResumeStatistics? Resumption => sessions?.Statistics;

    /// <summary>Serves one connection until it is over, or one transport of a resumable one until it is lost.</summary>
    /// <param name="transport">The transport; the server disposes it.</param>
    /// <param name="acceptor">Judges this connection's SETUP in place of the server's acceptor: for a front door that knows more of the client, such as the header of an upgrade request.</param>
    /// <returns>Completes when the transport is not used any more; unless the connection may be resumed, nothing of it is left then. Never fails.</returns>
    public Task ServeAsync(FrameTransport transport, ConnectionAcceptor? acceptor = null) => Begin(transport, acceptor).Ended;

    /// <summary><see cref="ServeAsync"/> for who has nothing to do when it is over: what came with the transport goes with the transport.</summary>
    /// <param name="transport">The transport; the server disposes it.</param>
    /// <param name="acceptor">Judges this connection's SETUP in place of the server's acceptor.</param>
    public void Serve(FrameTransport transport, ConnectionAcceptor? acceptor = null) => Begin(transport, acceptor);

    private Link Begin(FrameTransport transport, ConnectionAcceptor? acceptor)
    {
        ArgumentNullException.ThrowIfNull(transport);
        var core = new ConnectionCore(transport, options, isClient: false, logger);
        var connection = new RSocketConnection(core);
        Link link = core.Link; // a RESUME takes it to another connection
        connections[connection] = true;
        _ = ConnectionLife.RunAsync(core, connection, new ServerHandshake(core, connection, options, acceptor ?? this.acceptor, sessions), forget);
        if (closing)
        {
            core.Drain(peerAsked: false); // it slipped in behind the sweep of CloseAsync
        }

        return link;
    }

    /// <summary>Asks whether a connection that a listener accepted may come in; what the application throws refuses it.</summary>
    /// <param name="remote">From where.</param>
    /// <param name="place">What the connection holds while it lasts.</param>
    /// <returns>The refusal; null when it may.</returns>
    internal RSocketException? Admit(EndPoint? remote, out IDisposable? place)
    {
        place = null;
        try
        {
            place = options.Admission?.Invoke(remote);
            return null;
        }
        catch (RSocketException refusal)
        {
            return refusal;
        }
#pragma warning disable CA1031 // The admission is user code: whatever it throws refuses this connection only.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLog.AdmissionFailed(logger, remote, error);
            return new RSocketException(ErrorCode.RejectedSetup, "The server failed to admit the connection.");
        }
    }

    /// <summary>Tells a peer that it may not come in.</summary>
    /// <returns>Completes when nothing of the connection is left. Never fails.</returns>
    internal Task RefuseAsync(FrameTransport transport, RSocketException refusal)
    {
        transport.MaxFrameLength = options.MaxSetupBytes; // what it says is skipped, not held
        var core = new ConnectionCore(transport, options with { LimitHit = null }, isClient: false, logger);
        return ConnectionLife.RunAsync(core, new RSocketConnection(core), new RefusedHandshake(core, refusal));
    }

    internal void Hit(ConnectionLimit limit) => options.LimitHit?.Invoke(limit);

    /// <summary>Listens for RSocket over TCP.</summary>
    /// <param name="endPoint">Address and port; port 0 takes a free one.</param>
    /// <param name="tls">TLS settings; null: no TLS.</param>
    /// <returns>The listener, which accepts until it or the server is disposed.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be had.</exception>
    public RSocketListener ListenTcp(IPEndPoint endPoint, SslServerAuthenticationOptions? tls = null)
    {
        var listener = new RSocketListener(this, endPoint, tls, options.SetupTimeout, logger);
        listeners.Add(listener);
        return listener;
    }

    /// <summary>Stops listening, refuses new streams, lets the open ones finish, then closes every connection with CONNECTION_CLOSE.</summary>
    /// <remarks>
    /// A handler that blocks the thread it is called on holds its connection's loop, which nobody can take away from it. Its socket is
    /// dropped all the same, and from the end of the patience this method waits for it no longer than
    /// <see cref="ConnectionOptions.LingerTimeout"/> and a second.
    /// </remarks>
    /// <param name="cancellationToken">Ends the patience: what is still open is closed at once.</param>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        closing = true;
        foreach (RSocketListener listener in listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        using CancellationTokenSource enough = new(Timeout.InfiniteTimeSpan, options.TimeProvider);
        using CancellationTokenRegistration impatience = cancellationToken.UnsafeRegister(_ => enough.CancelAfter(options.LingerTimeout + LoopsEnd), null);
        try
        {
            await Task.WhenAll(connections.Keys.Select(connection => connection.CloseAsync(cancellationToken))).WaitAsync(enough.Token).ConfigureAwait(false);
            await Task.WhenAll(connections.Keys.Select(static connection => connection.Closed)).WaitAsync(enough.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            ConnectionLog.HandlersHang(logger, connections.Count);
        }
    }

    /// <summary>Closes at once, without waiting for streams.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
}
