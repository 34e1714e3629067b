using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.TestKit;

/// <summary>One side of a connection with its inside in view: how many streams it holds, and when nothing of it is left.</summary>
internal sealed class ConnectionEnd : IAsyncDisposable
{
    private readonly Task life;

    private ConnectionEnd(ConnectionCore core, Func<ConnectionCore, RSocketConnection, IHandshake> handshake, ConnectionSetup? setup)
    {
        Core = core;
        Connection = new RSocketConnection(core);
        if (setup is not null)
        {
            Connection.Setup = setup;
        }

        life = ConnectionLife.RunAsync(core, Connection, handshake(core, Connection));
    }

    public ConnectionCore Core { get; }

    public RSocketConnection Connection { get; }

    public RSocketRequester Requester => Connection.Requester;

    public Task Closed => life;

    public int OpenStreams
    {
        get
        {
            lock (Core.Gate)
            {
                return Core.Table.Count;
            }
        }
    }

    public static ConnectionEnd Server(FrameTransport transport, ConnectionAcceptor acceptor, RSocketServerOptions? options = null)
    {
        options ??= new RSocketServerOptions();
        return new ConnectionEnd(
            new ConnectionCore(transport, options, isClient: false, NullLogger.Instance),
            (core, connection) => new ServerHandshake(core, connection, options, acceptor),
            null);
    }

    public static ConnectionEnd Server(FrameTransport transport, RSocketResponder responder, RSocketServerOptions? options = null) =>
        Server(transport, (_, _, _) => ValueTask.FromResult(responder), options);

    public static ConnectionEnd Client(FrameTransport transport, RSocketResponder? responder = null, RSocketClientOptions? options = null)
    {
        options ??= new RSocketClientOptions { Setup = new ConnectionSetup { KeepAliveInterval = TimeSpan.FromHours(1), MaxLifetime = TimeSpan.FromHours(2) } };
        return new ConnectionEnd(
            new ConnectionCore(transport, options, isClient: true, NullLogger.Instance),
            (core, _) => new ClientHandshake(core, options.Setup, responder ?? new ScriptedResponder()),
            options.Setup);
    }

    public async ValueTask DisposeAsync()
    {
        Core.BeginClose(null, string.Empty, null);
        Core.Transport.Abort();
        await life.Within();
    }
}
