using System.Net.Sockets;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Peers;

/// <summary>The server of this project: a durable log behind every room, credit on every stream.</summary>
internal sealed class RSocketImPeer : Peer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ServerUnderLoad? server;
    private readonly string? directory;
    private readonly Uri address;

    private RSocketImPeer(ServerUnderLoad server, string directory, bool overTcp)
    {
        this.server = server;
        this.directory = directory;
        address = new Uri(overTcp ? server.Tcp : server.WebSocket);
        ProcessId = server.ProcessId;
    }

    private RSocketImPeer(Uri address, int processId)
    {
        this.address = address;
        ProcessId = processId;
    }

    public override string Name => "RSocketIm";

    public override int ProcessId { get; }

    /// <summary>Starts one with a data directory of its own, gone afterwards.</summary>
    /// <param name="directory">Where the data directory is made; the system's temporary one when null.</param>
    /// <param name="overTcp">Connections are made over TCP instead of WebSocket.</param>
    public static async Task<RSocketImPeer> StartAsync(string? directory, bool overTcp = false)
    {
        string data = directory is null
            ? Directory.CreateTempSubdirectory("rsocketim-load-").FullName
            : Directory.CreateDirectory(Path.Combine(directory, $"rsocketim-load-{Environment.ProcessId}")).FullName;
        return new RSocketImPeer(await ServerUnderLoad.StartAsync(data).ConfigureAwait(false), data, overTcp);
    }

    /// <summary>One that runs already. Nothing is known of its process unless it is named.</summary>
    /// <param name="address">Its <c>ws:</c> or <c>tcp:</c> address.</param>
    /// <param name="processId">Its process when it runs on this machine; else 0.</param>
    public static RSocketImPeer At(Uri address, int processId) => new(address, processId);

    public override void Prepare(ClientLoop loop, IReadOnlyList<string> rooms, CancellationToken stopping)
    {
        RSocketSession owner = RSocketSession.Open(loop, address, "load-owner");
        Answers answers = new();
        foreach (string room in rooms)
        {
            byte[] data = RoomCreate.Format.ToArray(DataFormat.MessagePack, new RoomCreate { Room = room });
            owner.Request(PreparedRequest.Create(owner.Socket.Framing, FrameType.RequestResponse, "rooms.create", data), answers);
            answers.Pending++;

            // Fewer than the server serves at a time of one connection.
            if (answers.Pending == 1024 && !loop.Run(() => answers.Pending == 0, Patience, stopping))
            {
                break;
            }
        }

        if (!loop.Run(() => answers.Pending == 0, Patience, stopping))
        {
            throw new TimeoutException($"{answers.Pending} rooms were not made in time.");
        }

        owner.Socket.Close();
    }

    public override PeerConnection Connect(ClientLoop loop, int index, ITextReceiver receiver)
    {
        try
        {
            return new RSocketImConnection(loop, address, receiver) { Index = index };
        }
        catch (SocketException) when (server?.LastWords is { } words)
        {
            throw new InvalidOperationException(words);
        }
    }

    public override async Task<double?> ReadAllocatedAsync() => server is null
        ? null
        : (await server.ReadMetricsAsync().ConfigureAwait(false)).TryGetValue("dotnet_gc_allocated_bytes_total", out double bytes) ? bytes : null;

    public override async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        if (directory is not null)
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private sealed class Answers : IStreamReceiver
    {
        public int Pending { get; set; }

        public void OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete) => Pending--;

        // A server that runs already may have the rooms of the last time.
        public void OnError(RSocketSession session, int stream, string error) =>
            Pending -= error.Contains("conflict", StringComparison.Ordinal) ? 1 : throw new InvalidOperationException($"A room was not made: {error}");
    }
}
