using System.Net;
using System.Net.Sockets;
using System.Text;
using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Peers;

/// <summary>Mosquitto, from Debian's package of that name, with its own WebSocket listener and nothing on disk.</summary>
internal sealed class MosquittoPeer : Peer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] Places = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];

    private readonly ChildProcess process;
    private readonly DirectoryInfo directory;
    private readonly Uri address;
    private readonly int qos;

    private MosquittoPeer(ChildProcess process, DirectoryInfo directory, Uri address, int qos)
    {
        this.process = process;
        this.directory = directory;
        this.address = address;
        this.qos = qos;
    }

    public override string Name => $"Mosquitto QoS {qos}";

    public override int ProcessId => process.Id;

    /// <summary>Starts a broker.</summary>
    /// <param name="qos">Quality of service of what is sent and subscribed to: 0 or 1.</param>
    /// <exception cref="PeerMissingException">It is not installed, or does not start.</exception>
    public static async Task<Peer> StartAsync(int qos)
    {
        string program = Places.FirstOrDefault(File.Exists) ?? "mosquitto";
        int port = FreePort();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("rsocketim-mosquitto-");

        // It does not start with WebSocket alone, hence the first listener. Without these two bounds it drops what does not fit, and a load that counts everything would only count that. NoDelay, as all others have it.
        string file = Path.Combine(directory.FullName, "mosquitto.conf");
        await File.WriteAllTextAsync(
            file,
            $"listener {FreePort()} 127.0.0.1\nlistener {port} 127.0.0.1\nprotocol websockets\nallow_anonymous true\npersistence false\nmax_inflight_messages 0\nmax_queued_messages 0\nset_tcp_nodelay true\nlog_dest stderr\nlog_type error\n",
            Encoding.ASCII).ConfigureAwait(false);
        ChildProcess process;
        try
        {
            process = ChildProcess.Start(program, new Dictionary<string, string>(), "-c", file);
        }
        catch
        {
            directory.Delete(recursive: true);
            throw;
        }

        MosquittoPeer peer = new(process, directory, new Uri($"ws://127.0.0.1:{port}/mqtt"), qos);
        try
        {
            await peer.WaitAsync(port).ConfigureAwait(false);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override PeerConnection Connect(ClientLoop loop, int index, ITextReceiver receiver) => new MqttConnection(loop, address, qos, receiver) { Index = index };

    public override async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        directory.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // It says nothing when it is ready: the port answers.
    private async Task WaitAsync(int port)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < Patience && !process.HasExited)
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port).ConfigureAwait(false);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
            }
        }

        throw new PeerMissingException($"mosquitto does not listen: {process.Errors}");
    }
}
