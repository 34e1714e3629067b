using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Peers.Hosted;

namespace RSocketIm.LoadTest.Peers;

/// <summary>A peer in C#: this program again, in a process of its own with the settings that the server has too.</summary>
internal sealed class HostedPeer : Peer
{
    private readonly Func<ClientLoop, int, Uri, ITextReceiver, PeerConnection> connect;
    private readonly PeerWork[] works;
    private readonly ChildProcess process;
    private readonly Uri address;

    private HostedPeer(string name, ChildProcess process, Uri address, PeerWork[] works, Func<ClientLoop, int, Uri, ITextReceiver, PeerConnection> connect)
    {
        Name = name;
        this.process = process;
        this.address = address;
        this.works = works;
        this.connect = connect;
    }

    public override string Name { get; }

    public override int ProcessId => process.Id;

    /// <summary>ASP.NET Core SignalR: a hub with groups, JSON.</summary>
    public static Task<Peer> StartSignalRAsync() => StartAsync(
        "SignalR", [PeerWork.Fanout, PeerWork.Echo, PeerWork.Idle], static (loop, index, address, receiver) => new SignalRConnection(loop, new Uri(address, "/hub"), receiver) { Index = index });

    /// <summary>Kestrel's WebSocket with one <c>SendAsync</c> for each message.</summary>
    public static Task<Peer> StartRawAsync() => StartAsync(
        "raw WebSocket", [PeerWork.Fanout, PeerWork.Echo, PeerWork.Idle], static (loop, index, address, receiver) => new RawConnection(loop, address, ("/echo", "/subscribe", "/publish"), receiver) { Index = index });

    /// <summary>Kestrel's connections, each written once for all messages that are there.</summary>
    public static Task<Peer> StartEncodedAsync() => StartAsync(
        "raw pre-encoded", [PeerWork.Fanout], static (loop, index, address, receiver) => new RawConnection(loop, address, ("/echo", "/subscribe-encoded", "/publish-encoded"), receiver) { Index = index });

    public override bool Does(PeerWork work) => works.Contains(work);

    public override PeerConnection Connect(ClientLoop loop, int index, ITextReceiver receiver) => connect(loop, index, address, receiver);

    public override ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task<Peer> StartAsync(string name, PeerWork[] works, Func<ClientLoop, int, Uri, ITextReceiver, PeerConnection> connect)
    {
        ChildProcess process = ChildProcess.Start(
            "dotnet", new Dictionary<string, string> { ["DOTNET_gcServer"] = "1" }, Path.Combine(AppContext.BaseDirectory, "RSocketIm.LoadTest.dll"), "peer");
        try
        {
            return new HostedPeer(name, process, new UriBuilder(await process.ReadLineAsync(PeerHost.ReadyLine).ConfigureAwait(false)) { Scheme = "ws" }.Uri, works, connect);
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
