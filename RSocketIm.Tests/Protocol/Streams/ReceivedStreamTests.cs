using System.Reactive.Linq;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>Streams as observables and as asynchronous sequences: what that looks like on the wire.</summary>
public sealed class ReceivedStreamTests
{
    [Fact]
    public async Task ObserveStream_AsksForItsPrefetch_AndRefillsInHalves()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var seen = new Recorder();
        using IDisposable subscription = dialogue.Requester.ObserveStream(Payload.FromText("x"), new RefillPolicy { Prefetch = 4 })
            .Subscribe(payload => seen.OnNext(new PayloadView(payload)), seen.OnComplete);
        Assert.Equal(4, (await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1)).Number);
        await dialogue.Peer.SendAsync(Build.Payload(1, "0"));
        await seen.ExpectAsync("0");
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.Payload(1, "1"));
        await dialogue.Peer.ExpectRequestNAsync(1, 2);
        await dialogue.Peer.SendAsync(Build.Payload(1, "2"), Build.Payload(1, "3"));
        await dialogue.Peer.ExpectRequestNAsync(1, 2);
        await dialogue.Peer.SendAsync(Build.Complete(1));
        await seen.ExpectAsync("1", "2", "3", "complete");
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public async Task SlowOnNext_PacesThePeer_AndDelaysNoOtherStream()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        using var gate = new SemaphoreSlim(0);
        using IDisposable subscription = dialogue.Requester.ObserveStream(Payload.FromText("x"), new RefillPolicy { Prefetch = 2 })
            .Subscribe(_ => Assert.True(gate.Wait(Guard.Patience)));
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "0"), Build.Payload(1, "1"));
        await dialogue.Peer.ExpectNothingMoreAsync(); // OnNext holds the credit; the read loop goes on
        gate.Release();
        await dialogue.Peer.ExpectRequestNAsync(1, 1);
        await dialogue.Peer.ExpectNothingMoreAsync();
        gate.Release();
        await dialogue.Peer.ExpectRequestNAsync(1, 1);
        gate.Release(10);
    }

    [Fact]
    public async Task DisposedSubscription_CancelsItsStream_AndEachSubscriptionIsAStream()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        IObservable<Payload> cold = dialogue.Requester.ObserveStream(Payload.FromText("x"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        IDisposable first = cold.Subscribe();
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        IDisposable second = cold.Subscribe();
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 3);
        first.Dispose();
        await dialogue.Peer.ExpectCancelAsync(1);
        second.Dispose();
        await dialogue.Peer.ExpectCancelAsync(3);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public async Task ErrorOfAStream_IsTheErrorOfItsObservable_AfterWhatCameBefore()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        Task<IList<System.Reactive.Notification<Payload>>> seen = Observe();
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "0"), Build.Payload(1, "1"), Build.Error(1, (ErrorCode)0x301, "why"));
        IList<System.Reactive.Notification<Payload>> notifications = await seen.Within();
        Assert.Equal(["0", "1"], notifications.SkipLast(1).Select(one => one.Value.DataText));
        Assert.Equal("why", Assert.IsType<RSocketException>(notifications[^1].Exception).Message);

        async Task<IList<System.Reactive.Notification<Payload>>> Observe() =>
            await dialogue.Requester.ObserveStream(Payload.FromText("x")).Materialize().ToList();
    }

    [Fact]
    public async Task ObserveChannel_SendsAndReceives_AndObserveServesIt()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnChannel = (_, incoming, _) => ObservableSource.Buffer(incoming.Observe(new RefillPolicy { Prefetch = 2 }), 100, payload => payload),
        });
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 10, "first"));
        await dialogue.Peer.ExpectRequestNAsync(1, 2);
        await dialogue.Peer.SendAsync(Build.Payload(1, "a"));
        var frames = new List<ReceivedFrame> { (await dialogue.Peer.ReadAsync())!, (await dialogue.Peer.ReadAsync())! };
        Assert.Equal([FrameType.RequestN, FrameType.Payload], frames.Select(frame => frame.Type).Order());
        await dialogue.Peer.SendAsync(Build.Complete(1));
        await dialogue.Peer.ExpectCompleteAsync(1);
        await dialogue.ExpectNoStreamsAsync();

        await using Dialogue client = await Dialogue.WithClientAsync();
        var seen = new Recorder();
        using IDisposable subscription = client.Requester.ObserveChannel(Payload.FromText("first"), null).Subscribe(
            payload => seen.OnNext(new PayloadView(payload)), seen.OnComplete);
        await client.Peer.ExpectAsync(FrameType.RequestChannel, 1);
        await client.Peer.SendAsync(Build.Payload(1, "b", Build.N | Build.C));
        await seen.ExpectAsync("b", "complete");
    }

    [Fact]
    public async Task Sequence_CancelsWhenLeftEarly_AndNotWhenReadToItsEnd()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        Task reading = Task.Run(async () =>
        {
            await foreach (Payload payload in dialogue.Requester.RequestStreamAsync(Payload.FromText("x")))
            {
                break;
            }
        });
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "0"));
        await reading.Within();
        await dialogue.Peer.ExpectCancelAsync(1);

        var rest = new TaskCompletionSource();
        async IAsyncEnumerable<Payload> Rest()
        {
            await rest.Task;
            yield return Payload.FromText("after the end");
        }

        reading = Task.Run(async () =>
        {
            await foreach (Payload payload in dialogue.Requester.RequestChannelAsync(Payload.FromText("x"), Rest()))
            {
            }
        });
        await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, 3);
        await dialogue.Peer.SendAsync(Build.RequestN(3, 5), Build.Complete(3));
        await reading.Within();
        rest.SetResult();
        await dialogue.Peer.ExpectPayloadAsync(3, "after the end");
        await dialogue.Peer.ExpectCompleteAsync(3);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public async Task SequenceOfAnIncomingChannel_CancelsOnlyThatDirection()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnChannel = (_, incoming, _) =>
            {
                _ = Task.Run(async () =>
                {
                    await foreach (Payload payload in incoming.ReadAllAsync(new RefillPolicy { Prefetch = 4 }))
                    {
                        break;
                    }
                });
                return source;
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 10));
        await dialogue.Peer.ExpectRequestNAsync(1, 4);
        await dialogue.Peer.SendAsync(Build.Payload(1, "a"));
        await dialogue.Peer.ExpectCancelAsync(1);
        source.Emit("goes on");
        await dialogue.Peer.ExpectPayloadAsync(1, "goes on");
    }

    [Fact]
    public async Task CancelledToken_EndsTheEnumeration_AndCancelsTheStream()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        using var giveUp = new CancellationTokenSource();
        Task reading = Task.Run(async () =>
        {
            await foreach (Payload payload in dialogue.Requester.RequestStreamAsync(Payload.FromText("x"), cancellationToken: giveUp.Token))
            {
            }
        });
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within());
        await dialogue.Peer.ExpectCancelAsync(1);
    }
}
