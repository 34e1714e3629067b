using System.IO.Pipelines;
using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections.Resumption;

/// <summary>Resumption on a server, frame by frame.</summary>
public sealed class ResumeTests
{
    private static readonly int OneElement = Build.Payload(1, "0").Length;

    [Theory]
    [Trait("Checklist", "70")]
    [InlineData(0)]
    [InlineData(257)]
    public async Task Token_EmptyOrTooLong_IsRejectedSetup(int length)
    {
        await using var world = new ResumeWorld();
        await using RawPeer peer = await world.SetupAsync(new byte[length]);
        await peer.ExpectConnectionErrorAsync(ErrorCode.RejectedSetup);
    }

    [Fact]
    [Trait("Checklist", "70")]
    [Trait("Checklist", "E32")]
    public async Task Setup_WithATokenInUse_IsRejectedAndTheSessionUnharmed()
    {
        await using var world = new ResumeWorld();
        await using RawPeer owner = await world.SetupAsync();
        await owner.ExpectNothingMoreAsync();
        await using (RawPeer thief = await world.SetupAsync())
        {
            await thief.ExpectConnectionErrorAsync(ErrorCode.RejectedSetup);
        }

        await owner.SendAsync(Build.RequestResponse(1, "mine"));
        await owner.ExpectPayloadAsync(1, "mine", FrameFlags.Next | FrameFlags.Complete);

        // Nor while nobody is connected.
        await world.CutAsync(owner);
        await using (RawPeer thief = await world.SetupAsync())
        {
            await thief.ExpectConnectionErrorAsync(ErrorCode.RejectedSetup);
        }

        await using RawPeer back = await world.ResumeAsync(Answer("mine").Length, Build.RequestResponse(1, "mine").Length);
        await back.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "70")]
    public async Task Token_OfASetupThatWasRefused_IsFreeAgain()
    {
        bool refuse = true;
        await using var server = new RSocketServer(
            (_, _, _) => refuse ? throw new RSocketException(ErrorCode.RejectedSetup, "not yet") : ValueTask.FromResult<RSocketResponder>(new ScriptedResponder()),
            new RSocketServerOptions { Resume = new ResumeOptions() });
        for (int i = 0; i < 2; i++)
        {
            (IDuplexPipe left, IDuplexPipe right) = DuplexPipes.Create();
            Task serving = server.ServeAsync(new PipeTransport(left, "server under test"));
            await using var peer = new RawPeer(right);
            await peer.SendAsync(Build.Setup(token: ResumeWorld.Token));
            if (refuse)
            {
                await peer.ExpectConnectionErrorAsync(ErrorCode.RejectedSetup);
                await serving.Within();
                refuse = false;
            }
            else
            {
                await peer.ExpectNothingMoreAsync();
            }
        }
    }

    [Fact]
    [Trait("Checklist", "71")]
    [Trait("Checklist", "74")]
    [Trait("Checklist", "76")]
    public async Task Stream_CutAndResumed_GoesOnFromThePeersPosition()
    {
        TestSource source = TestSource.Counting();
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source });
        RawPeer peer = await world.SetupAsync();
        byte[] request = Build.RequestStream(1, 5, "go");
        await peer.SendAsync(request);
        await peer.ExpectPayloadsAsync(1, 0, 5);
        await world.CutAsync(peer);

        // It received all five and says that it received three: the other two come again.
        await using RawPeer back = await world.ResumeAsync(3 * OneElement, request.Length);
        await back.ExpectPayloadsAsync(1, 3, 2);
        await back.ExpectNothingMoreAsync(); // credit is where it was
        await back.SendAsync(Build.RequestN(1, 2));
        await back.ExpectPayloadsAsync(1, 5, 2);
        await back.ExpectNothingMoreAsync();
        Assert.Equal((7, 0), (source.Pulls, source.Releases));
        Assert.Equal(1, world.Statistics.Resumed);
    }

    [Fact]
    [Trait("Checklist", "71")]
    [Trait("Checklist", "26")]
    public async Task KeepAlive_CarriesThePosition_OfFramesWithAStreamOnly()
    {
        await using var world = new ResumeWorld();
        await using RawPeer peer = await world.SetupAsync();
        byte[][] counted =
        [
            Build.RequestFnf(1, "a"), Build.RequestResponse(3, "b", "metadata"), Build.RequestN(99, 1), Build.Cancel(99), Build.Payload(99, "x"),
            Build.Error(99, ErrorCode.ApplicationError, "e"), Build.RequestFnf(5, "first", flags: Build.F), Build.Payload(5, "rest", FrameFlags.None),
        ];
        byte[][] notCounted = [Build.MetadataPush("m"), Build.Lease(1_000, 1), Build.KeepAlive(respond: false), Build.Cancel(0)];
        await peer.SendAsync([.. counted, .. notCounted]);
        await peer.ExpectPayloadAsync(3, "b", FrameFlags.Next | FrameFlags.Complete);
        await peer.SendAsync(Build.KeepAlive(respond: true));
        Assert.Equal(counted.Sum(frame => frame.Length), (await peer.ExpectKeepAliveAsync(respond: false)).Position);
    }

    [Theory]
    [Trait("Checklist", "72")]
    [Trait("Checklist", "E30")]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public async Task Version_AlsoSwappedAsByRSocketJs_IsAccepted(int major, int minor)
    {
        await using var world = new ResumeWorld();
        await world.CutAsync(await world.SetupAsync());
        await using RawPeer back = world.Connect();
        await back.SendAsync(Build.Resume(token: ResumeWorld.Token, major: major, minor: minor));
        await back.ExpectAsync(FrameType.ResumeOk, 0);
    }

    [Fact]
    [Trait("Checklist", "72")]
    [Trait("Checklist", "73")]
    [Trait("Checklist", "E30")]
    public async Task WrongResumes_AreRejectedAndTouchNoSession()
    {
        TestSource source = TestSource.Counting();
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source });
        RawPeer peer = await world.SetupAsync();
        byte[] request = Build.RequestStream(1, 4, "go");
        await peer.SendAsync(request);
        await peer.ExpectPayloadsAsync(1, 0, 4);
        await peer.SendAsync(Build.KeepAlive(respond: true, position: 2 * OneElement)); // the first two are not kept any more
        await peer.ExpectKeepAliveAsync(respond: false);
        await world.CutAsync(peer);

        byte[] other = [.. ResumeWorld.Token];
        other[0] = 0xFD; // the same replacement character as 0xFF to who takes it for UTF-8
        await world.ExpectRefusedAsync(Build.Resume(token: other, lastReceived: 2 * OneElement));
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token[..^1], lastReceived: 2 * OneElement));
        await world.ExpectRefusedAsync(Build.Resume(token: [], lastReceived: 2 * OneElement));
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token, lastReceived: 2 * OneElement, major: 2));
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token, lastReceived: OneElement));                                          // too old
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token, lastReceived: 5 * OneElement));                                      // ahead
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token, lastReceived: (3 * OneElement) + 1));                                // in a frame
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token, lastReceived: 2 * OneElement, firstAvailable: request.Length + 1));  // a gap
        Assert.Equal((3, 4), (world.Statistics.Refused(ResumeRefusal.UnknownToken), world.Statistics.Refused(ResumeRefusal.Position)));

        await using RawPeer back = await world.ResumeAsync(2 * OneElement, request.Length, request.Length);
        await back.ExpectPayloadsAsync(1, 2, 2);
    }

    [Fact]
    [Trait("Checklist", "73")]
    public async Task CutResumeFrame_IsRefused()
    {
        await using var world = new ResumeWorld();
        await using RawPeer peer = world.Connect();
        await peer.SendAsync(Build.Resume(token: ResumeWorld.Token)[..^1]);
        await peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
    }

    [Fact]
    [Trait("Checklist", "73")]
    public async Task ErrorThatAnswersARefusal_IsIgnored()
    {
        await using var world = new ResumeWorld();
        await using RawPeer peer = world.Connect();
        await peer.SendAsync(Build.Resume(token: ResumeWorld.Token));
        await peer.ExpectErrorAsync(0, ErrorCode.RejectedResume);
        await peer.SendAsync(Build.Error(0, ErrorCode.ConnectionError, "Incomplete RESUME handshake")); // as rsocket-js does
        await peer.ExpectCloseAsync();
    }

    [Theory]
    [Trait("Checklist", "75")]
    [Trait("Checklist", "E30")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_AfterSetupOrTwice_IsAConnectionErrorAndEndsTheSession(bool twice)
    {
        await using var world = new ResumeWorld();
        RawPeer peer = await world.SetupAsync();
        if (twice)
        {
            await world.CutAsync(peer);
            peer = await world.ResumeAsync(0, 0);
        }

        await peer.SendAsync(Build.Resume(token: ResumeWorld.Token));
        await peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        await world.Responder.Closed.Within();
        await peer.DisposeAsync();
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token));
    }

    [Fact]
    [Trait("Checklist", "E31")]
    public async Task Resume_WhileTheOldSocketIsHalfOpen_DropsItAndGoesOn()
    {
        TestSource source = TestSource.Counting();
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source });
        await using RawPeer old = await world.SetupAsync(bufferBytes: 1_024);
        byte[] request = Build.RequestStream(1, int.MaxValue, "go");
        await old.SendAsync(request);
        await old.ExpectBlockedAsync(); // nobody reads the old socket: the server's flush waits

        await using RawPeer back = await world.ResumeAsync(0, request.Length);
        await back.ExpectPayloadsAsync(1, 0, 1_000);
        await world.Serves[0].Within(); // who brought the old transport has it back
        Assert.Equal(0, source.Releases);
    }

    [Fact]
    [Trait("Checklist", "76")]
    public async Task DetachedSession_PullsNothing()
    {
        var source = new TestSource();
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source });
        RawPeer peer = await world.SetupAsync();
        byte[] request = Build.RequestStream(1, 100, "go");
        await peer.SendAsync(request);
        await peer.ExpectNothingMoreAsync();
        await world.CutAsync(peer);
        int pulls = source.Pulls;
        source.Emit("0", "1", "2");
        Assert.Equal((pulls, 0L), (source.Pulls, world.Statistics.RetainedBytes));

        await using RawPeer back = await world.ResumeAsync(0, request.Length);
        await back.ExpectPayloadsAsync(1, 0, 3);
    }

    [Fact]
    [Trait("Checklist", "76")]
    public async Task WhatEndsWhileDetached_IsToldAfterwards()
    {
        var source = new TestSource();
        var answer = new TaskCompletionSource<Payload>();
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source, OnRequest = (_, _) => new(answer.Task) });
        RawPeer peer = await world.SetupAsync();
        byte[][] requests = [Build.RequestStream(1, 1, "go"), Build.RequestResponse(3, "?")];
        await peer.SendAsync(requests);
        await peer.ExpectNothingMoreAsync();
        await world.CutAsync(peer);
        source.Fail(new RSocketException(ErrorCode.ApplicationError, "broken"));
        answer.SetResult(Payload.FromText("!"));

        await using RawPeer back = await world.ResumeAsync(0, requests.Sum(frame => frame.Length));
        await back.ExpectPayloadAsync(3, "!", FrameFlags.Next | FrameFlags.Complete); // answers first
        await back.ExpectErrorAsync(1, ErrorCode.ApplicationError);
    }

    [Fact]
    [Trait("Checklist", "76")]
    public async Task HalfSentPayload_IsPutTogetherAcrossTheCut()
    {
        var time = new FakeTimeProvider();
        await using var world = new ResumeWorld(time: time);
        RawPeer peer = await world.SetupAsync();
        byte[] first = Build.RequestResponse(1, "half, ", flags: Build.F);
        await peer.SendAsync(first);
        await peer.ExpectNothingMoreAsync();
        await world.CutAsync(peer);
        time.Advance(TimeSpan.FromSeconds(119)); // longer than a fragment may take, but nobody could send one

        await using RawPeer back = await world.ResumeAsync(0, first.Length);
        await back.ExpectNothingMoreAsync();
        await back.SendAsync(Build.Payload(1, "and half", FrameFlags.None));
        await back.ExpectPayloadAsync(1, "half, and half", FrameFlags.Next | FrameFlags.Complete);
    }

    [Fact]
    [Trait("Checklist", "33")]
    public async Task Leases_StartAnewWithTheNewTransport()
    {
        await using var world = new ResumeWorld(lease: new LeaseOptions { Requests = 2, TimeToLive = TimeSpan.FromHours(1) });
        RawPeer peer = await world.SetupAsync(lease: true);
        await peer.ExpectAsync(FrameType.Lease, 0);
        byte[] used = Build.RequestFnf(1, "one");
        await peer.SendAsync(used, Build.RequestFnf(3, "two"));
        await peer.ExpectNothingMoreAsync();
        await world.CutAsync(peer);

        await using RawPeer back = await world.ResumeAsync(0, 2 * used.Length);
        Assert.Equal(2, (await back.ExpectAsync(FrameType.Lease, 0)).Number2);
        await back.SendAsync(Build.RequestResponse(5, "three"), Build.RequestResponse(7, "four"));
        await back.ExpectPayloadAsync(5, "three", FrameFlags.Next | FrameFlags.Complete);
        await back.ExpectPayloadAsync(7, "four", FrameFlags.Next | FrameFlags.Complete);
        await back.SendAsync(Build.RequestResponse(9, "five"));
        await back.ExpectErrorAsync(9, ErrorCode.Rejected);
    }

    [Fact]
    [Trait("Checklist", "33")]
    public async Task RequestLostOnTheWay_ComesAgainUnderItsOwnLease()
    {
        await using var world = new ResumeWorld(lease: new LeaseOptions { Requests = 1, TimeToLive = TimeSpan.FromHours(1) });
        RawPeer peer = await world.SetupAsync(lease: true);
        await peer.ExpectAsync(FrameType.Lease, 0);
        await world.CutAsync(peer);

        await using RawPeer back = await world.ResumeAsync(0, 0);
        await back.ExpectAsync(FrameType.Lease, 0);
        await back.SendAsync(Build.RequestResponse(1, "lost"), Build.RequestResponse(3, "new"));
        await back.ExpectPayloadAsync(1, "lost", FrameFlags.Next | FrameFlags.Complete);
        await back.ExpectPayloadAsync(3, "new", FrameFlags.Next | FrameFlags.Complete);
    }

    [Fact]
    [Trait("Checklist", "25")]
    [Trait("Checklist", "E29")]
    public async Task SilentPeer_IsDetachedAndMayResume_AndIsAskedByTheServer()
    {
        var time = new FakeTimeProvider();
        await using var world = new ResumeWorld(time: time);
        await using RawPeer peer = await world.SetupAsync(keepAlive: 1_000, lifetime: 3_500);
        await peer.ExpectNothingMoreAsync();
        for (int i = 0; i < 4; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await Guard.Until(() => world.Statistics.Detached == 1, "the silent peer is detached");
        await using RawPeer back = await world.ResumeAsync(0, 0);
        time.Advance(TimeSpan.FromSeconds(1));
        await back.ExpectKeepAliveAsync(respond: true);
        await back.SendAsync(Build.RequestFnf(1, "a frame that is no KEEPALIVE"));
        await Guard.Until(() => world.Responder.Heard.Count == 1, "the frame was read");
        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await back.ExpectKeepAliveAsync(respond: true); // still there: the frame counted
        }
    }

    [Fact]
    public async Task PeerWithoutRights_IsRefusedAndItsSessionEnds()
    {
        bool may = true;
        await using var world = new ResumeWorld(new ScriptedResponder { OnResume = () => may });
        await world.CutAsync(await world.SetupAsync());
        may = false;
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token));
        await world.Responder.Closed.Within();
        Assert.Equal(1, world.Statistics.Refused(ResumeRefusal.Forbidden));
    }

    [Fact]
    public async Task Session_MayGoOnOverAnotherKindOfTransport()
    {
        await using var world = new ResumeWorld();
        await world.CutAsync(await world.SetupAsync());
        await using RSocketListener listener = world.Server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0), TestCertificate.ForServer);
        await using var peer = new RawPeer(await TcpTransport.ConnectAsync("localhost", listener.EndPoint.Port, TestCertificate.ForClient));
        await peer.SendAsync(Build.Resume(token: ResumeWorld.Token));
        await peer.ExpectAsync(FrameType.ResumeOk, 0);
        await peer.SendAsync(Build.RequestResponse(1, "hi"));
        await peer.ExpectPayloadAsync(1, "hi", FrameFlags.Next | FrameFlags.Complete);
    }

    [Fact]
    public async Task ErrorOfThePeer_EndsTheSession()
    {
        await using var world = new ResumeWorld();
        await using RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.Error(0, ErrorCode.ConnectionClose, "bye"));
        await peer.ExpectCloseAsync();
        await world.Responder.Closed.Within();
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token));
    }

    [Fact]
    public async Task Shutdown_EndsDetachedSessionsAtOnce()
    {
        var source = new TestSource();
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source });
        RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestStream(1, 1, "go"));
        await peer.ExpectNothingMoreAsync();
        await world.CutAsync(peer);
        await world.Server.CloseAsync().Within(); // with all its patience, and yet it is over
        await source.Released.Within();
        Assert.Empty(world.Server.Connections);
        Assert.Equal((0, 0L), (world.Statistics.Detached, world.Statistics.RetainedBytes));
    }

    private static byte[] Answer(string data) => Build.Payload(1, data, FrameFlags.Next | FrameFlags.Complete);
}
