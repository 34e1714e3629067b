using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>Leases in both directions: so many requests, for so long.</summary>
public sealed class LeaseTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    [Trait("Checklist", "28")]
    [Trait("Checklist", "29")]
    public async Task Server_SendsALease_OnceItHasAccepted()
    {
        await using Dialogue dialogue = await ServerAsync(requests: 7, seconds: 5);
        await ExpectLeaseAsync(dialogue, 5_000, 7);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "31")]
    [Trait("Checklist", "32")]
    [Trait("Checklist", "E34")]
    public async Task ExhaustedLease_RejectsAllKinds_AndDropsFireAndForget()
    {
        await using Dialogue dialogue = await ServerAsync(requests: 4, seconds: 5);
        await ExpectLeaseAsync(dialogue, 5_000, 4);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1), Build.RequestChannel(3, 1), Build.RequestFnf(5, "heard"), Build.RequestResponse(7, "x"));
        await dialogue.Peer.ExpectPayloadAsync(7, "x", Build.N | Build.C);
        await dialogue.Peer.SendAsync(Build.RequestFnf(9, "unheard"), Build.RequestResponse(11), Build.RequestStream(13, 1), Build.RequestChannel(15, 1));
        await dialogue.Peer.ExpectErrorAsync(11, ErrorCode.Rejected);
        await dialogue.Peer.ExpectErrorAsync(13, ErrorCode.Rejected);
        await dialogue.Peer.ExpectErrorAsync(15, ErrorCode.Rejected);
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal(["heard"], dialogue.Responder.Heard);
        Assert.Equal(3, dialogue.Responder.Requests);
    }

    [Fact]
    [Trait("Checklist", "29")]
    [Trait("Checklist", "30")]
    [Trait("Checklist", "E34")]
    public async Task ExpiredLease_IsRenewed_AndNothingOfItIsLeft()
    {
        await using Dialogue dialogue = await ServerAsync(requests: 2, seconds: 5);
        await ExpectLeaseAsync(dialogue, 5_000, 2);
        time.Advance(TimeSpan.FromSeconds(5));
        await ExpectLeaseAsync(dialogue, 5_000, 2);
        await dialogue.ExpectAliveAsync(1);
        await dialogue.ExpectAliveAsync(3);
        await dialogue.Peer.SendAsync(Build.RequestResponse(5)); // the two of the first lease do not count
        await dialogue.Peer.ExpectErrorAsync(5, ErrorCode.Rejected);
    }

    [Fact]
    [Trait("Checklist", "30")]
    [Trait("Checklist", "E34")]
    public async Task LeaseOfZeroRequests_StopsThePeer()
    {
        await using Dialogue dialogue = await ServerAsync(requests: 0, seconds: 5);
        await ExpectLeaseAsync(dialogue, 5_000, 0);
        await dialogue.Peer.SendAsync(Build.RequestResponse(1));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Rejected);
    }

    [Fact]
    [Trait("Checklist", "46")]
    [Trait("Checklist", "E24")]
    public async Task FragmentedRequest_CostsOneLease()
    {
        await using Dialogue dialogue = await ServerAsync(requests: 2, seconds: 5);
        await ExpectLeaseAsync(dialogue, 5_000, 2);
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "a", flags: Build.F), Build.Payload(1, "b", Build.N | Build.F), Build.Payload(1, "c"));
        await dialogue.Peer.ExpectPayloadAsync(1, "abc", Build.N | Build.C);
        await dialogue.ExpectAliveAsync(3);
        await dialogue.Peer.SendAsync(Build.RequestResponse(5));
        await dialogue.Peer.ExpectErrorAsync(5, ErrorCode.Rejected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "28")]
    [Trait("Checklist", "31")]
    public async Task Requester_WaitsForTheLease_InTheOrderOfItsRequests(bool client)
    {
        await using Dialogue dialogue = client ? await ClientAsync() : await ServerAsync(requests: 1, seconds: 5);
        int id = client ? 1 : 2;
        if (!client)
        {
            await ExpectLeaseAsync(dialogue, 5_000, 1);
        }

        ValueTask<Payload> first = dialogue.Requester.RequestResponseAsync(Payload.FromText("first"));
        dialogue.Requester.RequestStream(Payload.FromText("second"), 1, new Recorder());
        dialogue.Requester.RequestChannel(Payload.FromText("third"), null, 1, new Recorder());
        ValueTask fourth = dialogue.Requester.FireAndForgetAsync(Payload.FromText("fourth"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.Lease(1_000, 3));
        Assert.Equal("first", (await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, id)).Data);
        Assert.Equal("second", (await dialogue.Peer.ExpectAsync(FrameType.RequestStream, id + 2)).Data);
        Assert.Equal("third", (await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, id + 4)).Data);
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.Lease(1_000, 1));
        await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, id + 6);
        await fourth.Within();
        await dialogue.Peer.SendAsync(Build.Payload(id, "answer", Build.N | Build.C));
        Assert.Equal("answer", (await first.Within()).DataText);
    }

    [Fact]
    [Trait("Checklist", "29")]
    [Trait("Checklist", "30")]
    public async Task Requester_ObeysTheLastLease_AndItsTime()
    {
        await using Dialogue dialogue = await ClientAsync();
        await dialogue.Peer.SendAsync(Build.Lease(1_000, 10), Build.Lease(1_000, 1));
        await dialogue.Peer.ExpectNothingMoreAsync();
        _ = dialogue.Requester.FireAndForgetAsync(Payload.FromText("1")).AsTask();
        _ = dialogue.Requester.FireAndForgetAsync(Payload.FromText("2")).AsTask();
        await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, 1);
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.Lease(1_000, 0), Build.Lease(0, 5));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.Lease(1_000, 5));
        await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, 3);
        time.Advance(TimeSpan.FromSeconds(1));
        _ = dialogue.Requester.FireAndForgetAsync(Payload.FromText("3")).AsTask(); // four are left, but their time is over
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.Lease(1_000, 5));
        await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, 5);
    }

    [Fact]
    [Trait("Checklist", "31")]
    public async Task RequestCancelledWhileItWaits_IsNeverSent_AndCostsNoLease()
    {
        await using Dialogue dialogue = await ClientAsync();
        using var giveUp = new CancellationTokenSource();
        ValueTask<Payload> first = dialogue.Requester.RequestResponseAsync(Payload.FromText("first"), giveUp.Token);
        ValueTask second = dialogue.Requester.FireAndForgetAsync(Payload.FromText("second"), giveUp.Token);
        var receiver = new Recorder();
        InboundStream third = dialogue.Requester.RequestStream(Payload.FromText("third"), 1, receiver);
        ValueTask fourth = dialogue.Requester.FireAndForgetAsync(Payload.FromText("fourth"));
        await giveUp.CancelAsync();
        third.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await second.Within());
        await dialogue.Peer.SendAsync(Build.Lease(1_000, 1));
        Assert.Equal("fourth", (await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, 1)).Data);
        await fourth.Within();
        await dialogue.ExpectNoStreamsAsync();
        receiver.ExpectNothing();
    }

    [Fact]
    [Trait("Checklist", "28")]
    public async Task RequestsThatWait_FailWithTheConnection()
    {
        await using Dialogue dialogue = await ClientAsync();
        ValueTask<Payload> first = dialogue.Requester.RequestResponseAsync(Payload.FromText("first"));
        ValueTask second = dialogue.Requester.FireAndForgetAsync(Payload.FromText("second"));
        await dialogue.Peer.CloseAsync();
        await dialogue.Peer.ExpectCloseAsync();
        await Assert.ThrowsAsync<RSocketException>(async () => await first.Within());
        await Assert.ThrowsAsync<RSocketException>(async () => await second.Within());
    }

    [Fact]
    [Trait("Checklist", "28")]
    public async Task ClientThatOffersLeases_SetsL_AndSendsThem()
    {
        await using Dialogue dialogue = await ClientAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(2, "x"));
        await dialogue.Peer.ExpectErrorAsync(2, ErrorCode.Rejected); // its own lease of 0
    }

    private async Task<Dialogue> ServerAsync(int requests, int seconds)
    {
        return await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (_, _) => new TestSource(), OnChannel = (_, _, _) => new TestSource() },
            new RSocketServerOptions { TimeProvider = time, Lease = new LeaseOptions { Requests = requests, TimeToLive = TimeSpan.FromSeconds(seconds) } },
            lease: true);
    }

    private async Task<Dialogue> ClientAsync()
    {
        Dialogue dialogue = await Dialogue.WithClientAsync(options: new RSocketClientOptions
        {
            TimeProvider = time,
            Lease = new LeaseOptions { Requests = 0, TimeToLive = TimeSpan.FromHours(1) },
            Setup = new ConnectionSetup { KeepAliveInterval = TimeSpan.FromHours(1), MaxLifetime = TimeSpan.FromHours(2) },
        });
        await ExpectLeaseAsync(dialogue, 3_600_000, 0);
        return dialogue;
    }

    private static async Task ExpectLeaseAsync(Dialogue dialogue, int timeToLive, int requests)
    {
        ReceivedFrame lease = await dialogue.Peer.ExpectAsync(FrameType.Lease, 0);
        Assert.Equal((timeToLive, requests), (lease.Number, lease.Number2));
    }
}
