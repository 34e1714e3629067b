using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>Handlers that block every thread there is. The pool is the process's, so this runs beside nothing else, and on a thread of its own.</summary>
[Collection(HasThePool.Name)]
public sealed class FullThreadPoolTests
{
    private const int Blockers = 32;
    private const int Requests = 200;

    private readonly FakeTimeProvider time = new();

    [Fact]
    public Task ConnectionsBehindAFullPool_AreKept_AndAnsweredInFullOnceAThreadIsFree() =>
        Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run()
    {
        using ManualResetEventSlim free = new();
        var responder = new ScriptedResponder
        {
            OnRequest = (request, _) =>
            {
                if (request.DataText == "block")
                {
                    free.Wait();
                }

                return ValueTask.FromResult(request);
            },
        };
        RSocketServer server = new((_, _, _) => ValueTask.FromResult<RSocketResponder>(responder), new RSocketServerOptions { TimeProvider = time });
        RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        using Socket well = Connect(listener.EndPoint, "first");
        Expect(well, "first");
        Socket[] blockers = [.. Enumerable.Range(0, Blockers).Select(_ => Connect(listener.EndPoint, "ready"))];
        Array.ForEach(blockers, static blocker => Expect(blocker, "ready"));
        ThreadPool.GetMaxThreads(out int threads, out int ports);
        Assert.True(ThreadPool.SetMaxThreads(Math.Max(8, Environment.ProcessorCount), ports));
        try
        {
            Array.ForEach(blockers, static blocker => blocker.Send(Build.Prefixed(Build.RequestResponse(3, "block"))));
            Assert.True(SpinWait.SpinUntil(static () => IsFull(), Guard.Patience), "The pool did not fill.");
            for (int i = 0; i < Requests; i++)
            {
                well.Send(Build.Prefixed(Build.RequestResponse(3 + (2 * i), $"{i}")));
            }

            // The connections' lifetime passes while nothing of the server can run but its timers.
            time.StandStill(TimeSpan.FromMinutes(10));
            Assert.True(IsFull());
        }
        finally
        {
            free.Set();
            ThreadPool.SetMaxThreads(threads, ports);
        }

        for (int i = 0; i < Requests; i++)
        {
            Expect(well, $"{i}");
        }

        foreach (Socket blocker in blockers)
        {
            Expect(blocker, "block");
            blocker.Dispose();
        }

        Task closing = server.DisposeAsync().AsTask();
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    return closing.IsCompletedSuccessfully;
                },
                Guard.Patience),
            "The server did not close.");
    }

    private static bool IsFull()
    {
        ThreadPool.GetAvailableThreads(out int left, out _);
        return left <= 0;
    }

    private static Socket Connect(IPEndPoint address, string request)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Guard.Patience.TotalMilliseconds };
        socket.Connect(address);
        socket.Send([.. Build.Prefixed(Build.Setup(keepAlive: 60_000, lifetime: 180_000)), .. Build.Prefixed(Build.RequestResponse(1, request))]);
        return socket;
    }

    // The next payload; what belongs to keeping alive is passed over.
    private static void Expect(Socket socket, string data)
    {
        while (true)
        {
            byte[] header = Read(socket, 3);
            ReceivedFrame frame = new(Read(socket, (header[0] << 16) | (header[1] << 8) | header[2]));
            if (frame.Type != RSocketIm.Protocol.Frames.FrameType.KeepAlive)
            {
                Assert.True(frame.Type == RSocketIm.Protocol.Frames.FrameType.Payload && frame.Data == data, $"{data} was expected and {frame} came.");
                return;
            }
        }
    }

    private static byte[] Read(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0, more; have < count; have += more)
        {
            more = socket.Receive(bytes, have, count - have, SocketFlags.None);
            Assert.True(more > 0, "The server closed.");
        }

        return bytes;
    }
}
