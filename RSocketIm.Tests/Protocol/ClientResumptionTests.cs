using System.IO.Pipelines;
using System.Threading.Channels;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol;

/// <summary>Resumption as a client, against raw servers.</summary>
public sealed class ClientResumptionTests
{
    private static readonly ReconnectOptions AtOnce = new() { FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(1) };

    private readonly Channel<RawPeer> servers = Channel.CreateUnbounded<RawPeer>();
    private int refusedConnects;

    [Fact]
    [Trait("Checklist", "70")]
    public async Task Setup_HasATokenThatNobodyCanGuess()
    {
        // Both at a time: one whose server is gone would come back, and be taken for the next.
        await using RSocketClient one = await ConnectAsync();
        await using RawPeer server = await NextServerAsync();
        await using RSocketClient another = await ConnectAsync();
        await using RawPeer anotherServer = await NextServerAsync();
        var tokens = new HashSet<string>();
        foreach (RawPeer peer in (RawPeer[])[server, anotherServer])
        {
            ReceivedFrame setup = await peer.ExpectAsync(FrameType.Setup, 0);
            Assert.True(setup.Flags.HasFlag(FrameFlags.ResumeEnable));
            tokens.Add(Token(setup));
        }

        Assert.Equal(2, tokens.Count);
        Assert.All(tokens, token => Assert.Equal(64, token.Length));
    }

    [Fact]
    [Trait("Checklist", "72")]
    [Trait("Checklist", "74")]
    public async Task LostTransport_IsResumedAndWhatTheServerDoesNotHaveComesAgain()
    {
        await using RSocketClient client = await ConnectAsync();
        RawPeer server = await NextServerAsync();
        string token = Token(await server.ExpectAsync(FrameType.Setup, 0));
        var recorder = new Recorder();
        InboundStream stream = client.RequestStream(Payload.FromText("feed"), 3, recorder);
        ReceivedFrame request = await server.ExpectAsync(FrameType.RequestStream, 1);
        byte[] element = Build.Payload(1, "0");
        await server.SendAsync(element);
        await recorder.ExpectAsync("0");
        stream.Request(5);
        ReceivedFrame grant = await server.ExpectAsync(FrameType.RequestN, 1);
        await server.DisposeAsync();

        await using RawPeer again = await NextServerAsync();
        ReceivedFrame resume = await again.ExpectAsync(FrameType.Resume, 0);
        Assert.Equal(Build.Resume(token: Convert.FromHexString(token), lastReceived: element.Length), resume.Bytes);

        // Requests wait meanwhile; the server has the request and not the grant.
        ValueTask<Payload> answer = client.RequestResponseAsync(Payload.FromText("?"));
        Assert.True((await client.ConnectedAsync().Within()).IsDetached);
        await again.SendAsync(Build.ResumeOk(request.Bytes.Length));
        Assert.Equal(grant.Bytes, (await again.ExpectAsync(FrameType.RequestN, 1)).Bytes);
        await again.ExpectAsync(FrameType.RequestResponse, 3);
        await again.SendAsync(Build.Payload(3, "!", FrameFlags.Next | FrameFlags.Complete), Build.Payload(1, "1"));
        Assert.Equal("!", (await answer.Within()).DataText);
        await recorder.ExpectAsync("1");
    }

    [Fact]
    [Trait("Checklist", "73")]
    public async Task RefusedResume_FailsTheStreamsAndSetsUpAnew()
    {
        await using RSocketClient client = await ConnectAsync();
        RawPeer server = await NextServerAsync();
        string token = Token(await server.ExpectAsync(FrameType.Setup, 0));
        var recorder = new Recorder();
        client.RequestStream(Payload.FromText("feed"), 3, recorder);
        await server.ExpectAsync(FrameType.RequestStream, 1);
        await server.DisposeAsync();
        await using (RawPeer refusing = await NextServerAsync())
        {
            await refusing.ExpectAsync(FrameType.Resume, 0);
            await refusing.SendAsync(Build.Error(0, ErrorCode.RejectedResume, "unknown"));
            Assert.Equal(ErrorCode.RejectedResume, (await recorder.Ended.Within())!.Code);
        }

        await using RawPeer anew = await NextServerAsync();
        Assert.NotEqual(token, Token(await anew.ExpectAsync(FrameType.Setup, 0)));
        await client.ConnectedAsync().Within();
        ValueTask<Payload> answer = client.RequestResponseAsync(Payload.FromText("?"));
        await anew.ExpectAsync(FrameType.RequestResponse, 1);
        await anew.SendAsync(Build.Payload(1, "!", FrameFlags.Next | FrameFlags.Complete));
        Assert.Equal("!", (await answer.Within()).DataText);
    }

    [Fact]
    public async Task RefusedResume_WithoutReconnect_ClosesTheClient()
    {
        await using RSocketClient client = await ConnectAsync(new RSocketClientOptions { Resume = new ResumeOptions() });
        RawPeer server = await NextServerAsync();
        await server.ExpectAsync(FrameType.Setup, 0);
        await server.DisposeAsync();
        await using RawPeer refusing = await NextServerAsync();
        await refusing.ExpectAsync(FrameType.Resume, 0);
        await refusing.SendAsync(Build.Error(0, ErrorCode.RejectedResume, "unknown"));
        await client.Closed.Within();
        Assert.Equal(ErrorCode.RejectedResume, Assert.IsType<RSocketException>(client.CloseReason).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task ImpossiblePosition_EndsTheSession(long position)
    {
        await using RSocketClient client = await ConnectAsync(new RSocketClientOptions { Resume = new ResumeOptions() });
        RawPeer server = await NextServerAsync();
        await server.ExpectAsync(FrameType.Setup, 0);
        await client.FireAndForgetAsync(Payload.FromText("one")).Within();
        await server.ExpectAsync(FrameType.RequestFireAndForget, 1);
        await server.DisposeAsync();
        await using RawPeer again = await NextServerAsync();
        await again.ExpectAsync(FrameType.Resume, 0);
        await again.SendAsync(Build.ResumeOk(position));
        await client.Closed.Within();
        Assert.Equal(ErrorCode.ConnectionError, Assert.IsType<RSocketException>(client.CloseReason).Code);
    }

    [Fact]
    public async Task AttemptsThatFail_AreRepeated()
    {
        await using RSocketClient client = await ConnectAsync();
        RawPeer server = await NextServerAsync();
        await server.ExpectAsync(FrameType.Setup, 0);
        Volatile.Write(ref refusedConnects, 3);
        await server.DisposeAsync();
        await (await NextServerAsync()).DisposeAsync(); // connects, and is cut before it answers
        await using (RawPeer full = await NextServerAsync())
        {
            await full.SendAsync(Build.Error(0, ErrorCode.RejectedSetup, "unavailable: no room")); // to whoever connects, before it says a word
            await full.ExpectAsync(FrameType.Resume, 0);
        }

        await using RawPeer again = await NextServerAsync();
        await again.ExpectAsync(FrameType.Resume, 0);
        await again.SendAsync(Build.ResumeOk(0));
        await again.ExpectNothingMoreAsync();
        Assert.Equal(0, refusedConnects);
    }

    [Fact]
    [Trait("Checklist", "76")]
    public async Task TimeOver_FailsTheStreams()
    {
        var time = new FakeTimeProvider();
        await using RSocketClient client = await ConnectAsync(new RSocketClientOptions
        {
            Resume = new ResumeOptions { SessionDuration = TimeSpan.FromMinutes(1) },
            Reconnect = null,
            TimeProvider = time,
            Setup = new ConnectionSetup { KeepAliveInterval = TimeSpan.FromHours(1), MaxLifetime = TimeSpan.FromHours(2) },
        });
        RawPeer server = await NextServerAsync();
        await server.ExpectAsync(FrameType.Setup, 0);
        var recorder = new Recorder();
        client.RequestStream(Payload.FromText("feed"), 3, recorder);
        await server.ExpectAsync(FrameType.RequestStream, 1);
        Volatile.Write(ref refusedConnects, int.MaxValue);
        await server.DisposeAsync();
        RSocketConnection connection = await client.ConnectedAsync().Within();
        await Guard.Until(() => connection.Core.Session!.IsParked && time.ActiveTimers > 0, "the client tries to resume");
        await Guard.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return recorder.Ended.IsCompleted;
            },
            "the time is over");
        Assert.Contains("60 s", (await recorder.Ended)!.Message, StringComparison.Ordinal);
        await client.Closed.Within();
    }

    [Fact]
    public async Task Close_WhileDetached_IsOverAtOnce()
    {
        await using RSocketClient client = await ConnectAsync();
        RawPeer server = await NextServerAsync();
        await server.ExpectAsync(FrameType.Setup, 0);
        var recorder = new Recorder();
        client.RequestStream(Payload.FromText("feed"), 3, recorder);
        await server.ExpectAsync(FrameType.RequestStream, 1);
        Volatile.Write(ref refusedConnects, int.MaxValue);
        await server.DisposeAsync();
        RSocketConnection connection = await client.ConnectedAsync().Within();
        await Guard.Until(() => connection.IsDetached, "the transport is lost");
        await client.CloseAsync().Within();
        Assert.NotNull(await recorder.Ended.Within());
    }

    private async Task<RSocketClient> ConnectAsync(RSocketClientOptions? options = null) =>
        await RSocketClient.ConnectAsync(Connect, options ?? new RSocketClientOptions { Resume = new ResumeOptions(), Reconnect = AtOnce });

    private ValueTask<FrameTransport> Connect(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref refusedConnects) > 0)
        {
            Interlocked.Decrement(ref refusedConnects);
            throw new IOException("nobody there");
        }

        (IDuplexPipe left, IDuplexPipe right) = DuplexPipes.Create();
        servers.Writer.TryWrite(new RawPeer(right));
        return ValueTask.FromResult<FrameTransport>(new PipeTransport(left, "client under test"));
    }

    private Task<RawPeer> NextServerAsync() => servers.Reader.ReadAsync().Within();

    private static string Token(ReceivedFrame setup) => Convert.ToHexString(setup.Bytes, 20, (setup.Bytes[18] << 8) | setup.Bytes[19]);
}
