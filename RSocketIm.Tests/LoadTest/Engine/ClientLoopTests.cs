using System.Net;
using System.Net.Sockets;
using System.Text;
using RSocketIm.LoadTest.Engine;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.LoadTest.Engine;

/// <summary>Each test with both ways to wait: the one of Linux, and the one that every system has.</summary>
public sealed class ClientLoopTests : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public ClientLoopTests() => listener.Start();

    public static TheoryData<bool> Pollers => OperatingSystem.IsLinux() ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Pollers))]
    public void Messages_CutAnywhere_ArriveWholeAndInOrder(bool native)
    {
        using ClientLoop loop = NewLoop(native);
        Collector collector = new();
        loop.ConnectTcp(Address(), new LengthPrefixFraming(), collector);
        using Socket server = listener.AcceptSocket();
        string[] sent = [.. Enumerable.Range(0, 20).Select(static i => new string((char)('a' + i), i * 5))];
        byte[] bytes = [.. sent.SelectMany(static text => (byte[])[0, 0, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)])];

        foreach (byte[] piece in bytes.Chunk(7))
        {
            server.Send(piece);
            loop.Run(() => true, Guard.Patience);
        }

        Assert.True(loop.Run(() => collector.Messages.Count == sent.Length, Guard.Patience));
        Assert.Equal(sent, collector.Messages);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task WebSocket_UpgradesReadsAheadAndJoinsFragments(bool native)
    {
        using ClientLoop loop = NewLoop(native);
        Collector collector = new();
        Task<Socket> accepted = Task.Run(() =>
        {
            Socket socket = listener.AcceptSocket();
            byte[] request = new byte[4096];
            Assert.StartsWith("GET /chat HTTP/1.1\r\n", Encoding.ASCII.GetString(request, 0, socket.Receive(request)), StringComparison.Ordinal);
            socket.Send([.. "HTTP/1.1 101 Switching Protocols\r\n\r\n"u8, 0x82, 3, .. "one"u8, 0x02, 2, .. "tw"u8]);
            return socket;
        });
        LoadSocket client = loop.ConnectWebSocket(new Uri($"ws://{listener.LocalEndpoint}/chat"), text: false, subprotocol: null, collector);
        client.Write([0x82, 0x80, 0, 0, 0, 0]);
        Assert.True(loop.Run(() => collector.Messages.Count == 1, Guard.Patience));
        using Socket server = await accepted;
        byte[] early = new byte[6];
        Assert.Equal(6, server.Receive(early));
        Assert.Equal<byte>([0x82, 0x80, 0, 0, 0, 0], early);

        server.Send([0x89, 2, .. "hi"u8, 0x80, 1, .. "o"u8, 0x82, 126, 0, 200, .. new byte[200]]);
        Assert.True(loop.Run(() => collector.Messages.Count == 3, Guard.Patience));
        Assert.Equal(["one", "two", new string('\0', 200)], collector.Messages);

        byte[] pong = new byte[8];
        Assert.Equal(8, server.Receive(pong));
        Assert.Equal<byte>([0x8A, 0x82, 0, 0, 0, 0, .. "hi"u8], pong);

        server.Send([0x88, 2, 0x03, 0xE9]);
        Assert.True(loop.Run(() => client.IsClosed, Guard.Patience));
        Assert.Contains("1001", Assert.Single(collector.Ends), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebSocket_ThatIsRefused_IsTold()
    {
        using ClientLoop loop = new();
        Collector collector = new();
        Task<Socket> accepted = Task.Run(() =>
        {
            Socket socket = listener.AcceptSocket();
            socket.Receive(new byte[4096]);
            socket.Send("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n"u8);
            return socket;
        });
        LoadSocket client = loop.ConnectWebSocket(new Uri($"ws://{listener.LocalEndpoint}/chat"), text: false, subprotocol: null, collector);

        Assert.True(loop.Run(() => client.IsClosed, Guard.Patience));
        using Socket server = await accepted;
        Assert.Contains("503", Assert.Single(collector.Ends), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public void Write_OfMoreThanTheSystemTakes_WaitsForRoom(bool native)
    {
        using ClientLoop loop = NewLoop(native);
        LoadSocket client = loop.ConnectTcp(Address(), new LengthPrefixFraming(), new Collector());
        using Socket server = listener.AcceptSocket();
        byte[] sent = new byte[32 * 1024 * 1024];
        Random.Shared.NextBytes(sent);
        client.Write(sent);
        byte[] received = new byte[sent.Length];
        int length = 0;
        server.Blocking = false;

        Assert.True(loop.Run(
            () =>
            {
                length += server.Receive(received.AsSpan(length), SocketFlags.None, out _);
                return length == sent.Length;
            },
            Guard.Patience));
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public void Reading_SwitchedOff_LeavesTheBytesWhereTheyAre(bool native)
    {
        using ClientLoop loop = NewLoop(native);
        Collector deaf = new();
        Collector neighbour = new();
        LoadSocket client = loop.ConnectTcp(Address(), new LengthPrefixFraming(), deaf);
        using Socket server = listener.AcceptSocket();
        loop.ConnectTcp(Address(), new LengthPrefixFraming(), neighbour);
        using Socket other = listener.AcceptSocket();

        client.Reading = false;
        server.Send([0, 0, 1, (byte)'x']);
        other.Send([0, 0, 1, (byte)'y']);
        Assert.True(loop.Run(() => neighbour.Messages.Count == 1, Guard.Patience));
        Assert.Empty(deaf.Messages);

        client.Reading = true;
        Assert.True(loop.Run(() => deaf.Messages.Count == 1, Guard.Patience));
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public void At_CallsBackInOrder_NotBeforeTheMoment(bool native)
    {
        using ClientLoop loop = NewLoop(native);
        List<int> called = [];
        long later = ClientLoop.After(loop.Now, TimeSpan.FromMilliseconds(2));
        loop.At(later, () =>
        {
            Assert.True(loop.Now >= later);
            called.Add(2);
        });
        loop.At(loop.Now, () => called.Add(1));

        Assert.True(loop.Run(() => called.Count == 2, Guard.Patience));
        Assert.Equal([1, 2], called);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public void Run_WhoseConditionNeverHolds_EndsInTime(bool native)
    {
        using ClientLoop loop = NewLoop(native);
        Assert.False(loop.Run(static () => false, TimeSpan.FromMilliseconds(1)));
    }

    public void Dispose() => listener.Dispose();

    private static ClientLoop NewLoop(bool native) => native ? new ClientLoop() : new ClientLoop(new SelectPoller());

    private Uri Address() => new($"tcp://{listener.LocalEndpoint}");

    private sealed class Collector : IMessageReceiver
    {
        public List<string> Messages { get; } = [];

        public List<string> Ends { get; } = [];

        public void OnMessage(LoadSocket socket, ReadOnlySpan<byte> message) => Messages.Add(Encoding.ASCII.GetString(message));

        public void OnClosed(LoadSocket socket, string reason) => Ends.Add(reason);
    }
}
