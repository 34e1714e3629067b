using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>Signs of life in both directions, and what silence leads to. The clock stands still unless a test moves it.</summary>
public sealed class KeepAliveTests
{
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [Trait("Checklist", "23")]
    [Trait("Checklist", "26")]
    public async Task KeepAliveWithRespond_IsEchoedByteForByte(int length)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(bufferBytes: 1 << 20);
        byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        await dialogue.Peer.SendAsync(Build.KeepAlive(respond: true, data, position: 4711));
        ReceivedFrame echo = await dialogue.Peer.ExpectKeepAliveAsync(respond: false, data);
        Assert.Equal(new byte[8], echo.Bytes[6..14]); // no resume: position 0
    }

    [Fact]
    [Trait("Checklist", "23")]
    public async Task KeepAliveWithoutRespond_IsNotAnswered_AndOnAStreamIsIgnored()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.KeepAlive(respond: false, [1]), Build.KeepAlive(respond: true, [2], id: 5));
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "24")]
    public async Task BothSides_SendAtTheIntervalOfSetup()
    {
        await using Dialogue server = Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time });
        await server.Peer.SendSetupAsync(keepAlive: 1_000, lifetime: 10_000);
        await server.Peer.ExpectNothingMoreAsync();
        time.Advance(TimeSpan.FromMilliseconds(999));
        await server.Peer.ExpectNothingMoreAsync();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await server.Peer.ExpectKeepAliveAsync(respond: true);

        await using Dialogue client = await Dialogue.WithClientAsync(options: new RSocketClientOptions
        {
            TimeProvider = time,
            Setup = new ConnectionSetup { KeepAliveInterval = TimeSpan.FromSeconds(1), MaxLifetime = TimeSpan.FromSeconds(10) },
        });
        time.Advance(TimeSpan.FromSeconds(1));
        await client.Peer.ExpectKeepAliveAsync(respond: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "25")]
    [Trait("Checklist", "E29")]
    public async Task Silence_ForTheLifetime_ClosesTheConnection(bool asServer)
    {
        await using Dialogue dialogue = asServer
            ? Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time })
            : await Dialogue.WithClientAsync(options: ClientOptions(interval: 1_000, lifetime: 3_000));
        if (asServer)
        {
            await dialogue.Peer.SendSetupAsync(keepAlive: 1_000, lifetime: 3_000);
        }

        await dialogue.Peer.ExpectNothingMoreAsync();
        for (int i = 0; i < 2; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await dialogue.Peer.ExpectKeepAliveAsync(respond: true);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        await dialogue.Subject.Closed.Within();
        Assert.Equal(ErrorCode.ConnectionError, Assert.IsType<RSocketException>(dialogue.Subject.Connection.CloseReason).Code);
    }

    [Fact]
    [Trait("Checklist", "25")]
    [Trait("Checklist", "E29")]
    public async Task SteadyDataWithoutKeepAlive_IsASignOfLife()
    {
        await using Dialogue dialogue = Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time });
        await dialogue.Peer.SendSetupAsync(keepAlive: 1_000, lifetime: 3_000);
        await dialogue.Peer.ExpectNothingMoreAsync();
        for (int i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await dialogue.Peer.ExpectKeepAliveAsync(respond: true); // never answered
            await dialogue.ExpectAliveAsync((2 * i) + 1);
        }
    }

    [Fact]
    [Trait("Checklist", "25")]
    public async Task AnswersToOurKeepAlive_KeepTheConnection()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync(options: ClientOptions(interval: 1_000, lifetime: 3_000));
        for (int i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await dialogue.Peer.ExpectKeepAliveAsync(respond: true);
            await dialogue.Peer.SendAsync(Build.KeepAlive(respond: false));
            await dialogue.Peer.ExpectNothingMoreAsync();
        }
    }

    [Fact]
    [Trait("Checklist", "25")]
    public async Task LifetimeBelowTheInterval_IsHonoured()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync(options: ClientOptions(interval: 60_000, lifetime: 2_000));
        time.Advance(TimeSpan.FromSeconds(2));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
    }

    [Fact]
    [Trait("Checklist", "24")]
    public async Task IntervalOfOneMillisecond_IsNotTakenLiterally()
    {
        await using Dialogue dialogue = Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time });
        await dialogue.Peer.SendSetupAsync(keepAlive: 1, lifetime: 60_000);
        await dialogue.Peer.ExpectNothingMoreAsync();
        for (int i = 0; i < 2; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await dialogue.Peer.ExpectKeepAliveAsync(respond: true);
        }

        time.Advance(TimeSpan.FromMilliseconds(50));
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "25")]
    public async Task PeerThatReadsNothingAndStillLives_IsKept_AndOwesOneKeepAliveNotOnePerInterval()
    {
        await using Dialogue dialogue = Dialogue.NewServer(
            new ScriptedResponder { OnStream = (_, _) => TestSource.Counting(1_000) },
            new RSocketServerOptions { TimeProvider = time, Lease = new LeaseOptions { TimeToLive = TimeSpan.FromSeconds(1) } },
            bufferBytes: 4_096);
        await dialogue.Peer.SendSetupAsync(lease: true, keepAlive: 1_000, lifetime: 3_000);
        await dialogue.Peer.ExpectAsync(FrameType.Lease, 0);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, int.MaxValue));
        await dialogue.Peer.ExpectBlockedAsync();
        for (int second = 0; second < 1_000; second++)
        {
            await dialogue.Peer.SendAsync(Build.KeepAlive(respond: false));
            await dialogue.WhenAllIsReadAsync();
            time.Advance(TimeSpan.FromSeconds(1));
        }

        // One of each may be in the transport already, and one waits in the lane.
        List<ReceivedFrame> frames = await dialogue.Peer.ReadUntilProbeAsync();
        Assert.InRange(frames.Count(static frame => frame.Type == FrameType.KeepAlive), 1, 2);
        Assert.InRange(frames.Count(static frame => frame.Type == FrameType.Lease), 1, 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "25")]
    public async Task TimeThatThisSideStoodStill_IsNotHeldAgainstThePeer(bool asServer)
    {
        await using Dialogue dialogue = asServer
            ? Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time })
            : await Dialogue.WithClientAsync(options: ClientOptions(interval: 1_000, lifetime: 3_000));
        if (asServer)
        {
            await dialogue.Peer.SendSetupAsync(keepAlive: 1_000, lifetime: 3_000);
        }

        await dialogue.Peer.ExpectNothingMoreAsync();
        time.StandStill(TimeSpan.FromHours(1));
        await dialogue.Peer.ExpectKeepAliveAsync(respond: true);

        // From then on silence counts as ever; one second of it went by before, or was part of the standstill.
        time.Advance(TimeSpan.FromSeconds(1));
        await dialogue.Peer.ExpectKeepAliveAsync(respond: true);
        time.Advance(TimeSpan.FromSeconds(1));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
    }

    [Fact]
    [Trait("Checklist", "25")]
    public async Task WallClockThatIsSet_ChangesNothing()
    {
        await using Dialogue dialogue = Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time });
        await dialogue.Peer.SendSetupAsync(keepAlive: 1_000, lifetime: 3_000);
        await dialogue.Peer.ExpectNothingMoreAsync();
        foreach (int hours in (int[])[5, -9])
        {
            time.SetWallClock(TimeSpan.FromHours(hours));
            time.Advance(TimeSpan.FromSeconds(1));
            await dialogue.Peer.ExpectKeepAliveAsync(respond: true);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
    }

    // A hidden page: its timers run once a minute, its socket's callbacks run. Times as the web client declares them.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "25")]
    public async Task SleepingTab_ThatSendsKeepAliveOnceAMinute_IsNotCut(bool answers)
    {
        await using Dialogue dialogue = Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time });
        await dialogue.Peer.SendSetupAsync(keepAlive: 25_000, lifetime: 180_000);
        await dialogue.Peer.ExpectNothingMoreAsync();
        for (int second = 1; second <= 3_600; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            if (second % 25 == 0)
            {
                await dialogue.Peer.ExpectKeepAliveAsync(respond: true);
                await dialogue.Peer.SendAsync(answers ? [Build.KeepAlive(respond: false)] : []);
            }

            if (second % 60 == 0)
            {
                await dialogue.Peer.SendAsync(Build.KeepAlive(respond: true));
                await dialogue.Peer.ExpectKeepAliveAsync(respond: false);
            }
        }

        await dialogue.ExpectAliveAsync(1);
    }

    [Fact]
    [Trait("Checklist", "27")]
    [Trait("Checklist", "E28")]
    public async Task Echo_GoesBeforeFiftyMegabytesOfQueuedStreamData()
    {
        // 50 MB stand ready: 800 payloads of 64 KiB with unbounded credit, on a transport that holds 64 KiB and is not read.
        byte[] block = new byte[65_536];
        var pushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var responder = new ScriptedResponder
        {
            OnStream = (_, _) => RSocketIm.Protocol.Streams.PayloadSources.From(Enumerable.Repeat(new Payload(block), 800)),
            OnPush = _ => pushed.SetResult(),
        };
        await using Dialogue dialogue = await Dialogue.WithServerAsync(responder);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, int.MaxValue));
        await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);

        byte[] data = Build.Text("now");
        await dialogue.Peer.SendAsync(Build.KeepAlive(respond: true, data), Build.MetadataPush("read"));
        await pushed.Task.Within(); // both have been dealt with before anything more is read
        long ahead = 0;
        ReceivedFrame? frame;
        while ((frame = await dialogue.Peer.ReadAsync()) is { Type: FrameType.Payload })
        {
            ahead += frame.Bytes.Length;
        }

        Assert.Equal((FrameType.KeepAlive, "now"), (frame!.Type, frame.Data));
        Assert.InRange(ahead, 0, 512 * 1024); // what the transport held and one batch, not the 50 MB
    }

    private RSocketClientOptions ClientOptions(int interval, int lifetime) => new()
    {
        TimeProvider = time,
        Setup = new ConnectionSetup { KeepAliveInterval = TimeSpan.FromMilliseconds(interval), MaxLifetime = TimeSpan.FromMilliseconds(lifetime) },
    };
}
