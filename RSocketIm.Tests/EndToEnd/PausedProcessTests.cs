using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Processes that stand still and go on: SIGSTOP and SIGCONT, for the server and for a client.</summary>
public sealed class PausedProcessTests
{
    [Fact]
    public async Task ServerThatIsPausedForLongerThanItsClientsWait_LosesNothingAcknowledged_AndKeepsWhoStayed()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using ChatClient patient = await ChatClient.GuestAsync(server.Tcp, "patient");
        await patient.CreateAsync("paused");
        Reading feed = patient.Feed("paused", int.MaxValue);
        ConcurrentDictionary<string, long> acknowledged = new();
        int next = 0;
        for (int pause = 0; pause < 3; pause++)
        {
            await using ChatClient hasty = await ConnectHastyAsync(server.Tcp);
            await hasty.JoinAsync("paused");
            TaskCompletionSource some = new(TaskCreationOptions.RunContinuationsAsynchronously);
            int goal = acknowledged.Count + 50;
            Task[] sending = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(SendUntilCutAsync))];
            await some.Task.WaitAsync(ServerProcess.Patience);
            server.Pause();
            await hasty.Connection.Closed.WaitAsync(ServerProcess.Patience); // it has waited long enough
            server.Continue();
            await Task.WhenAll(sending).WaitAsync(ServerProcess.Patience);

            async Task SendUntilCutAsync()
            {
                try
                {
                    while (true)
                    {
                        string id = $"m{Interlocked.Increment(ref next)}";
                        acknowledged[id] = (await hasty.SendAsync("paused", id, "text")).Seq;
                        if (acknowledged.Count >= goal)
                        {
                            some.TrySetResult();
                        }
                    }
                }
                catch (RSocketException)
                {
                    // Cut; whether the last one arrived is not known, and nobody claims to.
                }
            }
        }

        // Who waits longer is still connected, and its feed has everything in order.
        long head = (await patient.SendAsync("paused", "last", "text")).Seq;
        Dictionary<string, long> seen = [];
        for (long seq = 1; seq <= head; seq++)
        {
            RoomEvent entry = await feed.NextEventAsync();
            Assert.Equal(seq, entry.Seq);
            Assert.True(entry.Id is null || seen.TryAdd(entry.Id, seq), $"{entry.Id} is there twice.");
        }

        Assert.All(acknowledged, one => Assert.Equal(one.Value, seen.GetValueOrDefault(one.Key)));
    }

    [Fact]
    public async Task ClientProcessThatIsPaused_HarmsNobody_AndGetsEverythingWhenItGoesOn()
    {
        const int Messages = 3_000;
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await writer.CreateAsync("busy");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("rsocketim-test-");
        string sends = Path.Combine(directory.FullName, "sends");
        string gets = Path.Combine(directory.FullName, "gets");
        byte[] feed = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = "busy", After = 0 });
        byte[] request = HostilePeer.Request(FrameType.RequestStream, 1, "rooms.feed", feed, int.MaxValue);
        await File.WriteAllBytesAsync(sends, [.. Build.Prefixed(HostilePeer.Setup("shell")), .. Build.Prefixed(request)]);

        // A client of three words: it sends what is in one file and writes what comes to another.
        int port = FaultProxy.ParseTarget(server.Tcp).Port;
        using Process client = Process.Start("bash", ["-c", $"exec 3<>/dev/tcp/127.0.0.1/{port}; cat '{sends}' >&3; exec cat <&3 >'{gets}'"]);
        await UntilAsync(() => CountEntries(gets) >= 1, "the client reads");
        Signal(client, "STOP");
        string text = new('x', 1_000);
        for (int i = 0; i < Messages; i += 100)
        {
            await Task.WhenAll(Enumerable.Range(i, 100).Select(n => writer.SendAsync("busy", $"m{n}", text)));
        }

        Reading neighbour = writer.Feed("busy", int.MaxValue);
        Assert.Equal(Messages + 1, (await neighbour.NextSeqsAsync(Messages + 1))[^1]);
        Assert.True(CountEntries(gets) < Messages);
        Signal(client, "CONT");
        await UntilAsync(() => CountEntries(gets) == Messages + 1, "the client has everything");
        client.Kill();
        await client.WaitForExitAsync();
        directory.Delete(recursive: true);
    }

    // After a restart, or a pause of the collector's, everybody comes at once.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhoComesWhileTheServerStandsStill_IsLetInWhenItGoesOn(bool overHttp)
    {
        const string SystemsLimit = "/proc/sys/net/core/somaxconn";
        int comers = Math.Min(1_000, int.Parse(await File.ReadAllTextAsync(SystemsLimit), CultureInfo.InvariantCulture));
        await using ServerProcess server = await ServerProcess.StartAsync();
        IPEndPoint address = FaultProxy.ParseTarget(overHttp ? $"tcp://{server.Http.Authority}" : server.Tcp);
        byte[] request = overHttp
            ? Build.Text("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            : [.. Build.Prefixed(HostilePeer.Setup("comer")), .. Build.Prefixed(HostilePeer.Request(FrameType.RequestResponse, 1, "system.whoami", [0x80]))];
        List<Socket> sockets = [.. Enumerable.Range(0, comers).Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        try
        {
            server.Pause();
            await Task.WhenAll(sockets.Select(socket => socket.ConnectAsync(address))).WaitAsync(ServerProcess.Patience);
            server.Continue();
            await Task.WhenAll(sockets.Select(AskAsync)).WaitAsync(ServerProcess.Patience);
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }

        async Task AskAsync(Socket socket)
        {
            await socket.SendAsync(request);
            Assert.NotEqual(0, await socket.ReceiveAsync(new byte[64]));
        }
    }

    // Checks their order as well.
    private static long CountEntries(string file)
    {
        if (!File.Exists(file))
        {
            return 0;
        }

        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        long seq = 0;
        for (int at = 0; at + 3 <= bytes.Length;)
        {
            int length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
            at += 3;
            if (at + length > bytes.Length)
            {
                break;
            }

            ReceivedFrame frame = new(bytes[at..(at + length)]);
            at += length;
            if (frame.Type == FrameType.Payload)
            {
                Assert.Equal(++seq, RoomEvent.Format.Read(DataFormat.MessagePack, frame.DataBytes.ToArray()).Seq);
            }
        }

        return seq;
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < ServerProcess.Patience, $"It did not come about that {what}.");
            await Task.Yield();
        }
    }

    private static void Signal(Process process, string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static async Task<ChatClient> ConnectHastyAsync(string address) => new(
        await RSocketClient.ConnectAsync(address, new RSocketClientOptions
        {
            Setup = new ConnectionSetup
            {
                KeepAliveInterval = TimeSpan.FromMilliseconds(300),
                MaxLifetime = TimeSpan.FromSeconds(1),
                DataMimeType = DataMimeTypes.MessagePack,
                Payload = new Payload(default, new RequestMetadata().Simple("hasty", "").ToArray()),
            },
        }),
        DataFormat.MessagePack);
}
