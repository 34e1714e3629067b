using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>What bounds one connection, and what happens at the bound.</summary>
[Collection(CountsBytes.Name)]
public sealed class LimitTests
{
    [Fact]
    [Trait("Checklist", "60")]
    public async Task StreamBeyondTheLimit_IsRejected_UntilOneEnds()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (_, _) => new TestSource() }, new RSocketServerOptions { MaxStreams = 2 });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1), Build.RequestStream(3, 1), Build.RequestStream(5, 1));
        await dialogue.Peer.ExpectErrorAsync(5, ErrorCode.Rejected);
        await dialogue.Peer.SendAsync(Build.Cancel(1));
        await dialogue.ExpectAliveAsync(7);
        await dialogue.Peer.SendAsync(Build.RequestFnf(9, "not counted, but refused like the rest"));
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "60")]
    public async Task HalfSentRequests_CountAsStreams_UntilTheyAreWholeOrGivenUp()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { MaxStreams = 2 });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "ha", flags: Build.F), Build.RequestFnf(3, "ha", flags: Build.F), Build.RequestResponse(5));
        await dialogue.Peer.ExpectErrorAsync(5, ErrorCode.Rejected);
        await dialogue.Peer.SendAsync(Build.Cancel(3));
        await dialogue.ExpectAliveAsync(7);
        await dialogue.Peer.SendAsync(Build.RequestFnf(9, "ha", flags: Build.F), Build.RequestResponse(11));
        await dialogue.Peer.ExpectErrorAsync(11, ErrorCode.Rejected);
        await dialogue.Peer.SendAsync(Build.Payload(1, "lf"), Build.Payload(9, "lf"));
        await dialogue.Peer.ExpectPayloadAsync(1, "half", FrameFlags.Next | FrameFlags.Complete);
        await dialogue.Peer.SendAsync(Build.RequestResponse(13, "ha", flags: Build.F), Build.RequestN(13, 0), Build.RequestResponse(15, "ha", flags: Build.F));
        await dialogue.Peer.ExpectErrorAsync(13, ErrorCode.Invalid);
        await dialogue.ExpectAliveAsync(17);
        Assert.Equal(["half"], dialogue.Responder.Heard);
    }

    [Fact]
    [Trait("Checklist", "60")]
    public async Task OwnStreams_DoNotCountAgainstThePeers()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { MaxStreams = 1 });
        dialogue.Requester.RequestStream(Payload.FromText("x"), 1, new Recorder());
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 2);
        await dialogue.ExpectAliveAsync(1);
    }

    [Fact]
    [Trait("Checklist", "60")]
    public async Task RequestsInFlight_AreBounded_AlsoWhenTheirStreamsAreCancelled()
    {
        var answer = new TaskCompletionSource<Payload>();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnRequest = (_, _) => new ValueTask<Payload>(answer.Task) }, new RSocketServerOptions { MaxRequestsInFlight = 2 });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1), Build.RequestResponse(3), Build.RequestResponse(5));
        await dialogue.Peer.ExpectErrorAsync(5, ErrorCode.Rejected);
        await dialogue.Peer.SendAsync(Build.Cancel(1), Build.Cancel(3), Build.RequestResponse(7)); // the handlers still run
        await dialogue.Peer.ExpectErrorAsync(7, ErrorCode.Rejected);
        answer.SetResult(Payload.FromText("done"));
        await Guard.Until(() => answer.Task.IsCompleted, "the handlers ended");
        ReceivedFrame? frame = null;
        for (int id = 9; frame is not { Type: FrameType.Payload }; id += 2)
        {
            // The handlers end on the thread pool, some moment after their task.
            await dialogue.Peer.SendAsync(Build.RequestResponse(id));
            frame = await dialogue.Peer.ReadAsync();
        }
    }

    [Fact]
    [Trait("Checklist", "E11")]
    public async Task HundredThousandRequests_WithoutReading_PauseTheReading()
    {
        var big = new Payload(new byte[1_000]);
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnRequest = (_, _) => ValueTask.FromResult(big) }, new RSocketServerOptions { MaxBacklogBytes = 100_000 });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < 100_000; i += 100)
            {
                await dialogue.Peer.SendAsync([.. Enumerable.Range(i, 100).Select(k => Build.RequestResponse((2 * k) + 1))]);
            }
        });
        await Guard.Until(() => dialogue.Subject.Core.IsBacklogFull, "the backlog was full");
        int served = dialogue.Responder.Requests;
        Assert.InRange(served, 1, 2_000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 8 << 20);
        Assert.False(sending.IsCompleted);

        for (int i = 0; i < 100_000; i++)
        {
            await dialogue.Peer.ExpectAsync(FrameType.Payload, (2 * i) + 1);
        }

        await sending.Within();
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "E11")]
    public async Task KeepAlivesOf64KiB_WithoutReading_PauseTheReading()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        byte[] data = new byte[65_536];
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                await dialogue.Peer.SendAsync(Build.KeepAlive(respond: true, data));
            }
        });
        await Guard.Until(() => dialogue.Subject.Core.IsBacklogFull, "the backlog was full");
        Assert.False(sending.IsCompleted);
        for (int i = 0; i < 200; i++)
        {
            await dialogue.Peer.ExpectKeepAliveAsync(respond: false, data);
        }

        await sending.Within();
        await dialogue.ExpectAliveAsync(1);
    }

    [Fact]
    [Trait("Checklist", "E11")]
    public async Task PausedConnection_CanBeClosed()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { MaxBacklogBytes = 10_000 });
        Task sending = dialogue.Peer.SendAsync([.. Enumerable.Repeat(Build.KeepAlive(respond: true, new byte[20_000]), 20)]);
        await Guard.Until(() => dialogue.Subject.Core.IsBacklogFull, "the backlog was full");
        await dialogue.Subject.DisposeAsync();
        await Record.ExceptionAsync(() => sending);
        await dialogue.Subject.Connection.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "3")]
    public async Task FrameLongerThanTheLimit_IsAConnectionError_BeforeItIsBuffered()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { MaxInboundFrameLength = 1_000 });
        await dialogue.Peer.SendBytesAsync(0, 0x03, 0xE9); // 1,001, and not a byte of it
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
    }

    [Fact]
    [Trait("Checklist", "3")]
    public async Task MetadataPushLongerThanAFrame_FailsForItsSender_AndHarmsNothing()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await dialogue.Requester.MetadataPushAsync(new byte[Frame.MaxLength]));
        await dialogue.ExpectAliveAsync(1);
    }

    [Fact]
    [Trait("Checklist", "27")]
    public async Task MetadataPushes_WaitWhileTheBacklogIsFull()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { MaxBacklogBytes = 10_000 }, bufferBytes: 1_000);
        await dialogue.Peer.SendAsync(Build.KeepAlive(respond: true, new byte[2_000]));
        await dialogue.Peer.ExpectBlockedAsync();
        int sent = 0;
        Task pushing = Task.Run(async () =>
        {
            for (; sent < 1_000; sent++)
            {
                await dialogue.Requester.MetadataPushAsync(new byte[1_000]);
            }
        });
        await Guard.Until(() => dialogue.Subject.Core.IsBacklogFull, "the backlog was full");
        Assert.InRange(Volatile.Read(ref sent), 1, 20);
        using var enough = new CancellationTokenSource();
        ValueTask waiting = dialogue.Requester.MetadataPushAsync(new byte[1], enough.Token);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting.Within());
        await dialogue.Peer.ExpectKeepAliveAsync(respond: false, new byte[2_000]);
        for (int i = 0; i < 1_000; i++)
        {
            await dialogue.Peer.ExpectAsync(FrameType.MetadataPush, 0);
        }

        await pushing.Within();
    }
}
