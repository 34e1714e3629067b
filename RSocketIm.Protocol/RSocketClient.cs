using System.Net.WebSockets;
using System.Reactive.Subjects;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol;

/// <summary>A connection to an RSocket server, which can restore itself.</summary>
/// <remarks>
/// Streams end with the connection they run on; with <see cref="RSocketClientOptions.Reconnect"/> later requests use the
/// next one. While there is none a request fails with REJECTED: nothing was sent, and <see cref="ConnectedAsync"/> says
/// when to try again. With <see cref="ConnectionOptions.Resume"/> a connection outlives its transport: streams go on where
/// they were, requests wait meanwhile, and only when the server refuses, or the time is over, streams fail and the
/// client connects anew. A server's refusal of SETUP comes as the <see cref="RSocketException"/> with which the first
/// request fails, because RSocket does not acknowledge a SETUP.
/// </remarks>
public sealed class RSocketClient : RSocketRequester, IAsyncDisposable
{
    private const int TokenBytes = 32;

    private static readonly RSocketResponder RefusingResponder = new RefuseAll();

    private readonly Func<CancellationToken, ValueTask<FrameTransport>>? connect; // null: there is one transport only
    private readonly string target;
    private readonly RSocketClientOptions options;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stopping = new();
    private readonly BehaviorSubject<RSocketConnection?> connections;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock sync = new();
    private TaskCompletionSource<RSocketConnection> connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RSocketConnection? current;
    private bool disposed;

    private RSocketClient(Func<CancellationToken, ValueTask<FrameTransport>>? connect, string target, RSocketClientOptions options)
    {
        this.connect = connect;
        this.target = target;
        this.options = options;
        logger = options.Logger ?? NullLogger.Instance;
        connections = new BehaviorSubject<RSocketConnection?>(null);
    }

    /// <summary>The connection in use, or null while there is none; the current one is seen at once on subscribing.</summary>
    public IObservable<RSocketConnection?> Connections => connections;

    /// <summary>Completes when the client is disposed, or its connection is lost and not restored. <see cref="CloseReason"/> says why.</summary>
    public Task Closed => closed.Task;

    /// <summary>Why the client has no connection any more: the last connection's close reason.</summary>
    public Exception? CloseReason { get; private set; }

    /// <summary>Connects to a server.</summary>
    /// <param name="address"><c>ws://host/path</c>, <c>wss://…</c>, <c>tcp://host:port</c> or <c>tcps://host:port</c>.</param>
    /// <param name="options">Setup, limits, reconnection; the defaults when null.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">The address has another scheme, or no port where one is needed.</exception>
    /// <exception cref="IOException">There is no connection to be had.</exception>
    /// <exception cref="TimeoutException">The attempt took longer than <see cref="RSocketClientOptions.ConnectTimeout"/>.</exception>
    public static ValueTask<RSocketClient> ConnectAsync(string address, RSocketClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(new Uri(address), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, RSocketClientOptions?, CancellationToken)"/>
    public static async ValueTask<RSocketClient> ConnectAsync(Uri address, RSocketClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        CheckAddress(address);
        options ??= new RSocketClientOptions();
        return await ConnectAsync(token => ConnectTransportAsync(address, options, token), address.ToString(), options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects over transports of the caller's making: through a proxy, for example.</summary>
    /// <param name="connect">Connects one transport; called again for each reconnection and resumption. The client disposes what it returns.</param>
    /// <param name="options">Setup, limits, reconnection; the defaults when null.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">There is no connection to be had.</exception>
    /// <exception cref="TimeoutException">The attempt took longer than <see cref="RSocketClientOptions.ConnectTimeout"/>.</exception>
    public static ValueTask<RSocketClient> ConnectAsync(
        Func<CancellationToken, ValueTask<FrameTransport>> connect, RSocketClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connect);
        return ConnectAsync(connect, "the server", options ?? new RSocketClientOptions(), cancellationToken);
    }

    private static async ValueTask<RSocketClient> ConnectAsync(
        Func<CancellationToken, ValueTask<FrameTransport>> connect, string target, RSocketClientOptions options, CancellationToken cancellationToken)
    {
        var client = new RSocketClient(connect, target, options);
        Task life = await client.OpenAsync(cancellationToken).ConfigureAwait(false);
        _ = client.KeepConnectedAsync(life);
        return client;
    }

    /// <summary>Uses a transport that is connected already, such as one end of a <see cref="MemoryTransport"/>. It is not restored when it ends, and its session not resumed.</summary>
    /// <param name="transport">The transport; the client disposes it.</param>
    /// <param name="options">Setup and limits; the defaults when null.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async ValueTask<RSocketClient> ConnectAsync(
        FrameTransport transport, RSocketClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        var client = new RSocketClient(null, "the server", options ?? new RSocketClientOptions());
        Task life = client.Start(transport, await client.MakeSetupAsync(cancellationToken).ConfigureAwait(false));
        _ = client.KeepConnectedAsync(life);
        return client;
    }

    /// <summary>Waits until there is a connection.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RSocketException">The client is closed and will not connect again.</exception>
    public async ValueTask<RSocketConnection> ConnectedAsync(CancellationToken cancellationToken = default)
    {
        Task<RSocketConnection> next;
        lock (sync)
        {
            next = connected.Task;
        }

        return await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask<Payload> RequestResponseAsync(Payload request, CancellationToken cancellationToken = default) =>
        Requester.RequestResponseAsync(request, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask FireAndForgetAsync(Payload request, CancellationToken cancellationToken = default) =>
        Requester.FireAndForgetAsync(request, cancellationToken);

    /// <inheritdoc/>
    public override InboundStream RequestStream(Payload request, int initialRequestN, IPayloadReceiver receiver) =>
        Requester.RequestStream(request, initialRequestN, receiver);

    /// <inheritdoc/>
    public override InboundStream RequestChannel(Payload first, PayloadSource? rest, int initialRequestN, IPayloadReceiver receiver) =>
        Requester.RequestChannel(first, rest, initialRequestN, receiver);

    /// <inheritdoc/>
    public override ValueTask MetadataPushAsync(ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default) =>
        Requester.MetadataPushAsync(metadata, cancellationToken);

    /// <summary>Takes no new streams, lets the open ones finish, then closes; the client does not connect again.</summary>
    /// <param name="cancellationToken">Ends the patience.</param>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        RSocketConnection? open;
        lock (sync)
        {
            disposed = true;
            open = current;
        }

        await stopping.CancelAsync().ConfigureAwait(false);
        if (open is not null)
        {
            await open.CloseAsync(cancellationToken).ConfigureAwait(false);
        }

        await Closed.ConfigureAwait(false);
    }

    /// <summary>Closes at once; streams fail.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    private RSocketRequester Requester
    {
        get
        {
            lock (sync)
            {
                return current?.Requester ?? throw new RSocketException(ErrorCode.Rejected, "The client is not connected; nothing was sent.", CloseReason);
            }
        }
    }

    private static void CheckAddress(Uri address)
    {
        bool known = address.Scheme is "ws" or "wss" || (address.Scheme is "tcp" or "tcps" && address.Port > 0);
        if (!known)
        {
            throw new ArgumentException($"'{address}' is no RSocket address; write ws://host/path, wss://host/path, tcp://host:port or tcps://host:port.", nameof(address));
        }
    }

    // Connects once; the task in the result is the connection's life.
    private async ValueTask<Task> OpenAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping.Token);
        patience.CancelAfter(options.ConnectTimeout);
        try
        {
            ConnectionSetup setup = await MakeSetupAsync(patience.Token).ConfigureAwait(false);
            return Start(await connect!(patience.Token).ConfigureAwait(false), setup);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new TimeoutException($"No connection to {target} within {options.ConnectTimeout.TotalSeconds} s.");
        }
        catch (Exception error) when (error is System.Net.Sockets.SocketException or WebSocketException or AuthenticationException)
        {
            throw new IOException($"No connection to {target}: {error.Message}", error);
        }
    }

    private static async ValueTask<FrameTransport> ConnectTransportAsync(Uri address, RSocketClientOptions options, CancellationToken cancellationToken)
    {
        if (address.Scheme is "tcp" or "tcps")
        {
            return await TcpTransport.ConnectAsync(
                address.Host, address.Port, address.Scheme == "tcps" ? options.Tls ?? new() : null, cancellationToken).ConfigureAwait(false);
        }

        return await WebSocketTransport.ConnectAsync(
            address,
            webSocket =>
            {
                if (options.Tls?.RemoteCertificateValidationCallback is { } validate)
                {
                    webSocket.RemoteCertificateValidationCallback = validate;
                }

                if (options.Tls?.ClientCertificates is { } certificates)
                {
                    webSocket.ClientCertificates = certificates;
                }

                options.ConfigureWebSocket?.Invoke(webSocket);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<ConnectionSetup> MakeSetupAsync(CancellationToken cancellationToken) =>
        options.SetupFactory is { } factory ? factory(cancellationToken) : ValueTask.FromResult(options.Setup);

    private Task Start(FrameTransport transport, ConnectionSetup setup)
    {
        var core = new ConnectionCore(transport, options, isClient: true, logger);
        if (options.Resume is { } resume && connect is not null)
        {
            // Not to be guessed: who knows the token can take the session over.
            ReadOnlyMemory<byte> token = setup.ResumeToken is { IsEmpty: false } given ? given : RandomNumberGenerator.GetBytes(TokenBytes);
            var side = new ClientResumption(connect, options, resume, stopping.Token);
            core.MakeResumable(new ResumableSession(core, token, resume, side));
        }

        var connection = new RSocketConnection(core) { Setup = setup };
        Task life = ConnectionLife.RunAsync(core, connection, new ClientHandshake(core, setup, options.Responder ?? RefusingResponder));
        lock (sync)
        {
            if (disposed)
            {
                // CloseAsync came while the transport was being connected and found no connection to close.
                core.BeginClose(ErrorCode.ConnectionClose, "The client is closed.", null);
                return life;
            }

            current = connection;
            connected.TrySetResult(connection);
        }

        connections.OnNext(connection);
        return life;
    }

    private async Task KeepConnectedAsync(Task life)
    {
        for (int attempt = 0; ;)
        {
            await life.ConfigureAwait(false);
            Lost();
            if (disposed || connect is null || options.Reconnect is not { } reconnect)
            {
                break;
            }

            // A server that refuses the SETUP takes the connection first: that is no success, and the back-off goes on.
            attempt = CloseReason is RSocketException { Code: ErrorCode.InvalidSetup or ErrorCode.UnsupportedSetup or ErrorCode.RejectedSetup } ? attempt : 0;
            (Task? next, attempt) = await ReopenAsync(reconnect, attempt).ConfigureAwait(false);
            if (next is null)
            {
                break;
            }

            life = next;
        }

        connected.TrySetException(new RSocketException(ErrorCode.Rejected, "The client is closed.", CloseReason));
        _ = connected.Task.Exception; // nobody may be waiting
        connections.OnCompleted();
        closed.TrySetResult();
    }

    private void Lost()
    {
        lock (sync)
        {
            CloseReason = current?.CloseReason;
            current = null;
            connected = new TaskCompletionSource<RSocketConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        connections.OnNext(null);
    }

    // Null when there is to be no connection; with it the number of the next attempt.
    private async Task<(Task? Life, int NextAttempt)> ReopenAsync(ReconnectOptions reconnect, int attempt)
    {
        for (; attempt < reconnect.MaxAttempts; attempt++)
        {
            try
            {
#pragma warning disable CA5394 // Jitter needs no secrecy.
                await Task.Delay(reconnect.DelayBefore(attempt, Random.Shared.NextDouble()), options.TimeProvider, stopping.Token).ConfigureAwait(false);
#pragma warning restore CA5394
                return (await OpenAsync(stopping.Token).ConfigureAwait(false), attempt + 1);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return (null, attempt);
            }
#pragma warning disable CA1031 // The factory of SETUP is user code; a token that cannot be had now is a failed attempt like any other.
            catch (Exception error)
#pragma warning restore CA1031
            {
                CloseReason = error;
            }
        }

        return (null, attempt);
    }

    private sealed class RefuseAll : RSocketResponder;
}
