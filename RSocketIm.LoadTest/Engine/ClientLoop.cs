using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RSocketIm.LoadTest.Engine;

/// <summary>The client side of a load: one thread, many sockets, nothing allocated for an operation.</summary>
/// <remarks>
/// Turned by whoever calls <see cref="Run"/>; all receivers and timers run inside of it, so none of them needs a lock. The machine is shared with the server that is measured:
/// one thread that asks the system once for everything that is ready costs the least.
/// </remarks>
/// <param name="poller">What it waits with.</param>
internal sealed class ClientLoop(Poller poller) : IDisposable
{
    // More connections than this from one address to one port run out of ports.
    private const int ConnectionsPerAddress = 20_000;
    private const int ReadyAtOnce = 512;

    private const int NarrowBufferBytes = 16_384;
    private const int TcpLevel = 6;
    private const int MaxSegmentOption = 2; // of Linux
    private const int EthernetSegment = 1_460;

    // How late a loop without work notices that it is to stop.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private readonly Readiness[] ready = new Readiness[ReadyAtOnce];
    private readonly PriorityQueue<Action, (long Moment, long Order)> timers = new(); // of one moment, in the order in which they were set
    private long timersSet;
    private readonly List<LoadSocket> dirty = [];
    private readonly Stack<int> freeTokens = [];
    private LoadSocket?[] sockets = new LoadSocket?[64];
    private int tokens;

    /// <summary>With the cheapest way to wait that the system has.</summary>
    public ClientLoop()
        : this(Poller.Create())
    {
    }

    /// <summary>The moment at which the bytes that are being handled were received, or the timer was due; of <see cref="Stopwatch"/>.</summary>
    public long Now { get; private set; } = Stopwatch.GetTimestamp();

    /// <summary>Whether the system is to hold little for connections made from now on: a socket that nobody reads is then full soon.</summary>
    public bool DialsNarrow { get; set; }

    /// <summary>Connections that are open.</summary>
    public int Count { get; private set; }

    internal Poller Poller => poller;

    internal byte[] ReceiveBuffer { get; } = GC.AllocateUninitializedArray<byte>(256 * 1024, pinned: true);

    /// <summary>Nanoseconds between two moments of <see cref="Now"/>.</summary>
    public static long Nanoseconds(long from, long to) => (long)((to - from) * (1e9 / Stopwatch.Frequency));

    /// <summary>A moment later than <see cref="Now"/>.</summary>
    public static long After(long moment, TimeSpan time) => moment + (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Connects over TCP, waiting for it.</summary>
    /// <param name="address">Host and port of it count.</param>
    /// <param name="framing">A new one.</param>
    /// <param name="receiver">Who takes its messages.</param>
    /// <exception cref="SocketException">Nobody is there.</exception>
    public LoadSocket ConnectTcp(Uri address, Framing framing, IMessageReceiver receiver) => Add(Dial(address), framing, receiver);

    /// <summary>Connects and asks for a WebSocket; what is written meanwhile goes out when the server has agreed. A refusal is told to the receiver.</summary>
    /// <param name="address"><c>ws:</c>.</param>
    /// <param name="text">Messages are text instead of binary.</param>
    /// <param name="subprotocol">Asked for, when there is one.</param>
    /// <param name="receiver">Who takes its messages.</param>
    /// <exception cref="SocketException">Nobody is there.</exception>
    public LoadSocket ConnectWebSocket(Uri address, bool text, string? subprotocol, IMessageReceiver receiver)
    {
        Socket socket = Dial(address);
        socket.Send(WebSocketUpgrade.Request(address, subprotocol));
        LoadSocket connection = Add(socket, new WebSocketFraming(text), receiver);
        connection.Hold();
        return connection;
    }

    /// <summary>Calls back inside <see cref="Run"/>, not before a moment. <see cref="Now"/> is then the moment it really is.</summary>
    public void At(long moment, Action action) => timers.Enqueue(action, (moment, timersSet++));

    /// <summary>Handles what comes until there is no more to wait for.</summary>
    /// <param name="done">Asked after everything that was ready at a time.</param>
    /// <param name="limit">At most this long.</param>
    /// <param name="stopping">Ends it with an exception.</param>
    /// <returns>False when the time was over first.</returns>
    public bool Run(Func<bool> done, TimeSpan limit, CancellationToken stopping = default)
    {
        Tick();
        long end = After(Now, limit);
        FlushDirty();
        while (!done())
        {
            stopping.ThrowIfCancellationRequested();
            if (Now >= end)
            {
                return false;
            }

            int count = Poller.Wait(Patience(end), ready);
            Tick();
            for (int i = 0; i < count; i++)
            {
                sockets[ready[i].Token]?.OnReady(ready[i]);
                FlushDirty();
            }

            RunTimers();
        }

        return true;
    }

    /// <summary>Handles what comes for a while.</summary>
    public void RunFor(TimeSpan time, CancellationToken stopping = default) => Run(static () => false, time, stopping);

    /// <summary>Closes all connections.</summary>
    public void Dispose()
    {
        foreach (LoadSocket? socket in sockets)
        {
            socket?.Close();
        }

        Poller.Dispose();
    }

    internal void Tick() => Now = Stopwatch.GetTimestamp();

    internal void MarkDirty(LoadSocket socket)
    {
        if (!socket.IsDirty)
        {
            socket.IsDirty = true;
            dirty.Add(socket);
        }
    }

    internal void Forget(LoadSocket connection, Socket socket, int token)
    {
        Debug.Assert(sockets[token] == connection, "A token is free only when its socket is gone.");
        Poller.Remove(socket, token);
        sockets[token] = null;
        freeTokens.Push(token);
        Count--;
    }

    private Socket Dial(Uri address)
    {
        IPAddress host = IPAddress.TryParse(address.Host, out IPAddress? literal)
            ? literal
            : Dns.GetHostAddresses(address.Host).First(static found => found.AddressFamily == AddressFamily.InterNetwork);
        Socket socket = new(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (DialsNarrow)
            {
                Narrow(socket);
            }

            int source = Count / ConnectionsPerAddress;
            if (source > 0 && host.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(host))
            {
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(1 + source)]), 0));
            }

            socket.Connect(host, address.Port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Narrow(Socket socket)
    {
        socket.ReceiveBufferSize = NarrowBufferBytes;
        if (OperatingSystem.IsLinux())
        {
            // Loopback's segments of 64 KiB make the system hold megabytes for a socket that is not read; Ethernet's do not.
            socket.SetRawSocketOption(TcpLevel, MaxSegmentOption, BitConverter.GetBytes(EthernetSegment));
        }
    }

    private LoadSocket Add(Socket socket, Framing framing, IMessageReceiver receiver)
    {
        socket.Blocking = false;
        int token = freeTokens.TryPop(out int free) ? free : tokens++;
        if (token == sockets.Length)
        {
            Array.Resize(ref sockets, 2 * sockets.Length);
        }

        LoadSocket connection = new(this, socket, token, framing, receiver);
        sockets[token] = connection;
        Poller.Add(socket, token);
        Count++;
        return connection;
    }

    private TimeSpan Patience(long end)
    {
        long until = timers.TryPeek(out _, out (long Moment, long Order) due) ? Math.Min(due.Moment, end) : end;
        long left = Math.Max(0, until - Now);
        TimeSpan time = TimeSpan.FromTicks((long)(left * ((double)TimeSpan.TicksPerSecond / Stopwatch.Frequency)));
        return time < Breath ? time : Breath;
    }

    private void RunTimers()
    {
        while (timers.TryPeek(out Action? action, out (long Moment, long Order) due) && due.Moment <= Now)
        {
            timers.Dequeue();
            action();
            FlushDirty();
        }
    }

    private void FlushDirty()
    {
        // A socket that breaks tells its receiver, who may write to others: the list may grow meanwhile.
        for (int i = 0; i < dirty.Count; i++)
        {
            dirty[i].Flush();
        }

        dirty.Clear();
    }
}
