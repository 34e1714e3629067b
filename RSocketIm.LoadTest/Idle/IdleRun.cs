using System.Diagnostics;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Lagging;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Idle;

/// <summary>Opens many connections that do nothing but wait for a room each, and looks at the server's memory and processor time.</summary>
internal sealed class IdleRun(int connections, int rooms, bool overTcp, TimeSpan rest)
{
    private const int Credit = 256;
    private const int WarmUp = 200;
    private const int AtOnce = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Answers answers = new();
    private int asked;

    /// <summary>Told what begins.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Variables that the server gets, such as settings of its collector.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Runs.</summary>
    /// <param name="stopping">Ends it with an exception.</param>
    public async Task<IdleReport> RunAsync(CancellationToken stopping)
    {
        string directory = Directory.CreateTempSubdirectory("rsocketim-idle-").FullName;
        try
        {
            await RoomSeed.WriteAsync(directory, [.. Enumerable.Range(0, rooms).Select(static i => ($"idle{i}", 2L))], asTitles: true, stopping).ConfigureAwait(false);
            await using ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory, Environment).ConfigureAwait(false);
            return await RunAsync(server, stopping).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<IdleReport> RunAsync(ServerUnderLoad server, CancellationToken stopping)
    {
        Uri address = new(overTcp ? server.Tcp : server.WebSocket);
        Progress("warming up");
        using (ClientLoop first = new())
        {
            await OpenAsync(first, address, WarmUp, stopping).ConfigureAwait(false);
        }

        using ClientLoop loop = new();
        await CollectAsync(server).ConfigureAwait(false);
        double emptyCores = await RestAsync(server, loop, stopping).ConfigureAwait(false);
        long resident = ProcessUsage.ResidentBytes(server.ProcessId);
        double heap = await HeapAsync(server).ConfigureAwait(false);

        Progress($"{connections:N0} connections are opened");
        long start = Stopwatch.GetTimestamp();
        await OpenAsync(loop, address, connections, stopping).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await RunAsync(loop, static () => false, TimeSpan.FromSeconds(2), stopping).ConfigureAwait(false);
        long before = ProcessUsage.ResidentBytes(server.ProcessId) - resident;

        Progress($"they rest for {rest.TotalSeconds:N0} s");
        await CollectAsync(server).ConfigureAwait(false);
        double cores = await RestAsync(server, loop, stopping).ConfigureAwait(false);
        long settled = ProcessUsage.ResidentBytes(server.ProcessId) - resident;
        double used = await HeapAsync(server).ConfigureAwait(false) - heap;
        return new IdleReport(connections, seconds, (double)before / connections, (double)settled / connections, used / connections, cores, emptyCores);
    }

    // A feed says nothing while its room is silent; that it is open is known by an answer that comes behind it.
    private async Task OpenAsync(ClientLoop loop, Uri address, int count, CancellationToken stopping)
    {
        for (int opened = 0; opened < count; opened += AtOnce)
        {
            int from = opened;
            await Task.Run(
                () =>
                {
                    for (int i = from; i < Math.Min(count, from + AtOnce); i++)
                    {
                        Open(loop, address, i);
                    }

                    return loop.Run(() => answers.Count == asked, Patience, stopping);
                },
                stopping).ConfigureAwait(false);
            if (answers.Count != asked)
            {
                throw new InvalidOperationException($"{asked - answers.Count} of {asked} connections were not answered within {Patience.TotalSeconds:N0} s.");
            }
        }
    }

    private void Open(ClientLoop loop, Uri address, int number)
    {
        RSocketSession session = RSocketSession.Open(loop, address, $"idle{number}");
        byte[] feed = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = $"idle{number % rooms}" });
        session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestStream, "rooms.feed", feed, Credit), answers);
        byte[] who = EmptyRecord.Format.ToArray(DataFormat.MessagePack, new EmptyRecord());
        session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestResponse, "system.whoami", who), answers);
        asked++;
    }

    private async Task<double> RestAsync(ServerUnderLoad server, ClientLoop loop, CancellationToken stopping)
    {
        TimeSpan used = ProcessUsage.CpuTime(server.ProcessId);
        await RunAsync(loop, static () => false, rest, stopping).ConfigureAwait(false);
        return (ProcessUsage.CpuTime(server.ProcessId) - used) / rest;
    }

    private static async Task CollectAsync(ServerUnderLoad server)
    {
        // Twice: what finalizers let go of is collected the second time.
        await FullCollection.RunAsync(server).ConfigureAwait(false);
        await FullCollection.RunAsync(server).ConfigureAwait(false);
    }

    private static async Task<double> HeapAsync(ServerUnderLoad server) => (await server.ReadMetricsAsync().ConfigureAwait(false))["dotnet_gc_heap_bytes"];

    private static Task<bool> RunAsync(ClientLoop loop, Func<bool> done, TimeSpan limit, CancellationToken stopping) => Task.Run(() => loop.Run(done, limit, stopping), stopping);

    private sealed class Answers : IStreamReceiver
    {
        public int Count { get; private set; }

        public void OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete) => Count++;

        public void OnError(RSocketSession session, int stream, string error) => throw new InvalidOperationException($"A request was refused: {error}");
    }
}
