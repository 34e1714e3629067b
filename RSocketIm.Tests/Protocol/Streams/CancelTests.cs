using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>CANCEL stops what it is meant for, once, and nothing else.</summary>
public sealed class CancelTests
{
    [Fact]
    [Trait("Checklist", "59")]
    public async Task CancelOfAStream_ReleasesItsSource_AndLateFramesAreIgnored()
    {
        TestSource source = new();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10), Build.Cancel(1));
        await source.Released.Within();
        source.Emit("late");
        source.Complete();
        source.Fail(new RSocketException(ErrorCode.ApplicationError, "late"));
        await dialogue.Peer.SendAsync(Build.RequestN(1, 1), Build.RequestN(1, 0), Build.Cancel(1));
        await dialogue.ExpectNoStreamsAsync();
        Assert.Equal(1, source.Releases);
    }

    [Fact]
    [Trait("Checklist", "59")]
    public async Task CancelOfARequestResponse_TellsTheHandler_AndItsAnswerIsNotSent()
    {
        var answer = new TaskCompletionSource<Payload>();
        CancellationToken cancelled = default;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnRequest = (_, context) =>
            {
                cancelled = context.Cancelled;
                return new ValueTask<Payload>(answer.Task);
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1), Build.Cancel(1));
        await dialogue.ExpectNoStreamsAsync();
        Assert.True(cancelled.IsCancellationRequested);
        answer.SetResult(Payload.FromText("late"));
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "59")]
    public async Task TokenAskedForAfterTheCancel_IsCancelled()
    {
        StreamContext? stream = null;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnStream = (_, context) =>
            {
                stream = context;
                return new TestSource();
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1), Build.Cancel(1));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.True(stream!.Cancelled.IsCancellationRequested);
        Assert.Equal(1, stream.StreamId);
    }

    [Fact]
    [Trait("Checklist", "59")]
    public async Task CancellationCallbackThatThrows_HarmsNoOtherStream()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnRequest = (request, context) =>
            {
                context.Cancelled.Register(() => throw new InvalidOperationException("mine"));
                return request.DataText == "wait" ? new ValueTask<Payload>(new TaskCompletionSource<Payload>().Task) : ValueTask.FromResult(request);
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "wait"), Build.Cancel(1));
        await dialogue.ExpectNoStreamsAsync();
        await dialogue.ExpectAliveAsync(3);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "59")]
    public async Task SourceWhoseReleaseThrows_HarmsNoOtherStream()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => new BadRelease() });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1), Build.Cancel(1));
        await dialogue.ExpectNoStreamsAsync();
        await dialogue.ExpectAliveAsync(3);
    }

    [Fact]
    [Trait("Checklist", "59")]
    public async Task RequestersCancel_BeforeAndAfterTheAnswer_IsOneFrameAtMost()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        using var first = new CancellationTokenSource();
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"), first.Token);
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 1);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await answer.Within());
        await dialogue.Peer.ExpectCancelAsync(1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "late", Build.N | Build.C));
        await dialogue.ExpectNoStreamsAsync();

        using var second = new CancellationTokenSource();
        ValueTask<Payload> other = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"), second.Token);
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 3);
        await dialogue.Peer.SendAsync(Build.Payload(3, "a", Build.N | Build.C));
        Assert.Equal("a", (await other.Within()).DataText);
        await second.CancelAsync();
        await dialogue.ExpectNoStreamsAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await dialogue.Requester.RequestResponseAsync(Payload.Empty, second.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await dialogue.Requester.FireAndForgetAsync(Payload.Empty, second.Token));
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "59")]
    [Trait("Checklist", "E16")]
    public async Task StreamRequestersCancel_IsOneFrame_AndNothingIsReceivedAfterIt()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var receiver = new Recorder();
        InboundStream stream = dialogue.Requester.RequestStream(Payload.FromText("x"), 5, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        stream.Cancel();
        stream.Request(5);
        stream.Cancel();
        await dialogue.Peer.ExpectCancelAsync(1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "late"), Build.Payload(1, "late", Build.N | Build.F), Build.Payload(1, "late"), Build.Complete(1));
        await dialogue.ExpectNoStreamsAsync();
        receiver.ExpectNothing();
    }

    [Fact]
    [Trait("Checklist", "E16")]
    public async Task ErrorAfterCancel_IsNotSentToAReusedId()
    {
        var sources = new Queue<TestSource>([new TestSource(), new TestSource()]);
        TestSource[] all = [.. sources];
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => sources.Dequeue() });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1), Build.Cancel(1), Build.RequestStream(1, 1));
        await dialogue.Peer.ExpectNothingMoreAsync();
        all[0].Fail(new RSocketException(ErrorCode.ApplicationError, "of the first"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        all[1].Emit("of the second");
        await dialogue.Peer.ExpectPayloadAsync(1, "of the second");
    }

    [Fact]
    [Trait("Checklist", "55")]
    [Trait("Checklist", "E16")]
    public async Task ErrorOfOurSource_WhileTheReceiverIsBusy_ReachesItAfterwards()
    {
        // The read loop is inside OnNext when the write loop sends ERROR: the receiver must hear one thing at a time.
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new ManualResetEventSlim();
        var incoming = new Recorder
        {
            WhenNext = _ =>
            {
                entered.TrySetResult();
                Assert.True(leave.Wait(Guard.Patience));
            },
        };
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnChannel = (_, stream, _) =>
            {
                stream.Subscribe(incoming);
                stream.Request(5);
                return source;
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 1));
        await dialogue.Peer.ExpectRequestNAsync(1, 5);
        await dialogue.Peer.SendAsync(Build.Payload(1, "a"));
        await entered.Task.Within();
        source.Fail(new RSocketException(ErrorCode.ApplicationError, "x"));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError);
        await source.Released.Within(); // the write loop has run what follows from the ERROR
        leave.Set();
        await incoming.ExpectAsync("a", "error ApplicationError");
        Assert.Null(incoming.Misuse);
    }

    private sealed class BadRelease : PayloadSource
    {
        protected internal override PullStatus TryPull(out Payload payload)
        {
            payload = default;
            return PullStatus.Idle;
        }

        protected internal override void Release() => throw new InvalidOperationException("mine");
    }
}
