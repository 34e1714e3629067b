using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace RSocketIm.Tests.TestKit;

/// <summary>A TCP link that a test can spoil: a proxy on loopback that delays, cuts, half-opens and throttles, and reorders nothing.</summary>
/// <remarks>
/// <para>It does what it is told by method calls and nothing by itself; who wants chance passes numbers of a seeded Random.</para>
/// <para>Each connection is spoiled by itself (<see cref="FaultConnection"/>), and each direction of it (<see cref="FaultDirection"/>):
/// up is from whoever connected to the proxy towards <see cref="Target"/>, down is back.</para>
/// </remarks>
internal sealed class FaultProxy : IAsyncDisposable
{
    // As small as they may be: a throttled link should be felt at once and not after megabytes in the kernel's buffers.
    private const int SocketBufferBytes = 8_192;

    private readonly Socket listener = NewSocket();
    private readonly TimeProvider time;
    private readonly Channel<FaultConnection> accepted = Channel.CreateUnbounded<FaultConnection>();
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly HashSet<FaultConnection> live = [];
    private readonly Task accepting;
    private FaultConnection? current;
    private int count;

    private FaultProxy(EndPoint target, TimeProvider? time, Action<FaultConnection>? prepare)
    {
        Target = target;
        Prepare = prepare;
        this.time = time ?? TimeProvider.System;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1_024);
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        accepting = AcceptAsync();
    }

    /// <summary>Where the proxy listens.</summary>
    public IPEndPoint EndPoint { get; }

    public string Tcp => $"tcp://{EndPoint}";

    public string WebSocket => $"ws://{EndPoint}/rsocket";

    /// <summary>Where connections to come lead; a server that was started again may have another port.</summary>
    public EndPoint Target { get; set; }

    /// <summary>Runs for each connection before its first byte passes, to spoil it from its start.</summary>
    public Action<FaultConnection>? Prepare { get; set; }

    /// <summary>Connections accepted so far.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>The connection accepted last. Who connected to the proxy may not be in it yet, until a byte went both ways: <see cref="NextAsync"/> waits.</summary>
    /// <exception cref="InvalidOperationException">There was none yet.</exception>
    public FaultConnection Current => Volatile.Read(ref current) ?? throw new InvalidOperationException("Nobody connected yet.");

    /// <summary>Connections that are neither cut nor over.</summary>
    public FaultConnection[] Live
    {
        get
        {
            lock (gate)
            {
                return [.. live];
            }
        }
    }

    /// <summary>Starts a proxy before an endpoint.</summary>
    /// <param name="target">A URI with host and port, as <see cref="ServerProcess.Tcp"/> and <see cref="ServerProcess.WebSocket"/>.</param>
    /// <param name="time">The clock of delays and throttling.</param>
    /// <param name="prepare">See <see cref="Prepare"/>.</param>
    public static FaultProxy Start(string target, TimeProvider? time = null, Action<FaultConnection>? prepare = null) =>
        Start(ParseTarget(target), time, prepare);

    public static FaultProxy Start(EndPoint target, TimeProvider? time = null, Action<FaultConnection>? prepare = null) => new(target, time, prepare);

    public static IPEndPoint ParseTarget(string target)
    {
        Uri address = new(target);
        return new IPEndPoint(IPAddress.Parse(address.Host), address.Port);
    }

    /// <summary>The next connection in the order in which they were accepted; each is handed out once.</summary>
    public Task<FaultConnection> NextAsync() => accepted.Reader.ReadAsync().Within();

    /// <summary>Cuts every connection there is now; those to come pass.</summary>
    public Task CutAsync(CutKind kind = CutKind.Reset) => Task.WhenAll(Live.Select(connection => connection.CutAsync(kind)));

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        FaultConnection[] left = Live;
        await Task.WhenAll(left.Select(static connection => connection.CutAsync()));
        stopping.Dispose();
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveBufferSize = SocketBufferBytes, // accepted sockets inherit it
        SendBufferSize = SocketBufferBytes,
    };

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync(stopping.Token);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException or SocketException && stopping.IsCancellationRequested)
            {
                return;
            }

            await ConnectAsync(client);
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        client.NoDelay = true;
        Socket server = NewSocket();
        try
        {
            await server.ConnectAsync(Target, stopping.Token);
        }
        catch (Exception unreachable) when (unreachable is SocketException or OperationCanceledException)
        {
            // As if nobody listened here either.
            client.Close(0);
            server.Dispose();
            return;
        }

        FaultConnection connection = new(client, server, time);
        Prepare?.Invoke(connection);
        lock (gate)
        {
            live.Add(connection);
        }

        Volatile.Write(ref current, connection);
        Interlocked.Increment(ref count);
        connection.Start(Over);
        accepted.Writer.TryWrite(connection);
    }

    private void Over(FaultConnection connection)
    {
        lock (gate)
        {
            live.Remove(connection);
        }
    }
}
