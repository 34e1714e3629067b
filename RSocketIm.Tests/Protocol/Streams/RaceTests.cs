using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>What may happen at the same time does, a thousand times each: at most one end, nothing left behind, every source given back once.</summary>
[Trait("Checklist", "59")]
[Trait("Checklist", "E16")]
public sealed class RaceTests
{
    private const int Rounds = 1_000;

    [Fact]
    public Task CancelAndComplete() => StreamAsync((stream, source, _) => Both(stream.Cancel, source.Complete));

    [Fact]
    public Task CancelAndNextAndError() => StreamAsync((stream, source, _) => Both(
        stream.Cancel,
        () => source.Emit("a", "b"),
        () => source.Fail(new RSocketException((ErrorCode)0x301, "why"))));

    [Fact]
    public Task GrantsAndDataAndTheEnd() => StreamAsync((stream, source, _) => Both(
        () => stream.Request(1),
        () => stream.Request(2),
        () => source.Emit("a", "b", "c"),
        source.CompleteAfterLast));

    [Fact]
    public Task ErrorAndComplete() => StreamAsync((_, source, _) => Both(source.Complete, () => source.Fail(new RSocketException((ErrorCode)0x301, "why"))));

    [Fact]
    public async Task ChannelCancelledByBothSides_WhileBothSourcesSpeak()
    {
        for (int channels = 0; channels < Rounds;)
        {
            var opened = new TaskCompletionSource<InboundStream>();
            var answering = new TestSource();
            var serverHears = new Recorder();
            await using Pair pair = Pair.Start(new ScriptedResponder
            {
                OnChannel = (_, incoming, _) =>
                {
                    incoming.Subscribe(serverHears);
                    incoming.Request(3);
                    opened.TrySetResult(incoming);
                    return answering;
                },
            });
            for (int round = 0; round < 50; round++, channels++)
            {
                opened = new TaskCompletionSource<InboundStream>();
                answering = new TestSource();
                serverHears = new Recorder();
                var asking = new TestSource();
                var clientHears = new Recorder();
                InboundStream stream = pair.Client.Requester.RequestChannel(Payload.FromText("x"), asking, 3, clientHears);
                InboundStream incoming = await opened.Task.Within();
                await Both(
                    stream.Cancel,
                    incoming.Cancel,
                    () => asking.Emit("a", "b"),
                    () => answering.Emit("c", "d"),
                    asking.CompleteAfterLast,
                    () => answering.Fail(new RSocketException((ErrorCode)0x301, "why")));
                await asking.Released.Within();
                await answering.Released.Within();
                await pair.ExpectNothingLeftAsync();
                Check(asking, clientHears);
                Check(answering, serverHears);
            }
        }
    }

    [Fact]
    public async Task CloseAndEverything()
    {
        for (int round = 0; round < Rounds; round++)
        {
            var sources = new List<TestSource>();
            await using Pair pair = Pair.Start(Serving(sources));
            var receivers = new Recorder[8];
            var streams = new InboundStream[8];
            for (int i = 0; i < 8; i++)
            {
                receivers[i] = new Recorder();
                streams[i] = pair.Client.Requester.RequestStream(Payload.FromText("x"), 2, receivers[i]);
            }

            await pair.Client.Requester.RequestResponseAsync(Payload.Empty).Within();
            Task<Exception?> asking = Record.ExceptionAsync(async () => await pair.Client.Requester.RequestResponseAsync(Payload.Empty).Within());
            await Both(
                () => pair.Client.Connection.Abort(ErrorCode.ConnectionError, "client"),
                () => pair.Server.Connection.Abort(ErrorCode.ConnectionError, "server"),
                () => sources[0].Emit("a", "b", "c"),
                () => sources[1].Complete(),
                () => sources[2].Fail(new RSocketException((ErrorCode)0x301, "why")),
                () => streams[3].Cancel(),
                () => streams[4].Request(5));
            await pair.Client.Closed.Within();
            await pair.Server.Closed.Within();
            await asking.Within();
            foreach (TestSource source in sources)
            {
                await source.Released.Within();
                Assert.Equal((1, null), (source.Releases, source.Misuse));
            }

            for (int i = 0; i < 8; i++)
            {
                Assert.Null(receivers[i].Misuse);
                Assert.True(receivers[i].Ends == 1 || i == 3, $"Stream {i} ended {receivers[i].Ends} times.");
            }

            Assert.Equal(0, pair.Client.OpenStreams + pair.Server.OpenStreams);
        }
    }

    [Fact]
    public async Task SignalAndAttachAndRelease()
    {
        for (int round = 0; round < Rounds; round++)
        {
            var source = new TestSource();
            var host = new Host();
            await Both(() => source.Attach(host), () => source.Emit("a"), () => source.Fail(new RSocketException((ErrorCode)0x301, "why")));
            Assert.True(host.Ended >= 1, "An error signalled around the attaching was lost.");
            await Both(source.ReleaseOnce, source.ReleaseOnce, source.Complete, () => source.Emit("b"));
            Assert.Equal((1, null), (source.Releases, source.Misuse));
        }
    }

    [Fact]
    public async Task DeferredSourceArrivesWhileItsStreamIsCancelled()
    {
        var pending = new Queue<TaskCompletionSource<PayloadSource>>();
        await using Pair pair = Pair.Start(new ScriptedResponder
        {
            OnStream = (_, _) =>
            {
                var task = new TaskCompletionSource<PayloadSource>(TaskCreationOptions.RunContinuationsAsynchronously);
                pending.Enqueue(task);
                return PayloadSources.From(task.Task);
            },
        });
        for (int round = 0; round < Rounds; round++)
        {
            var receiver = new Recorder();
            InboundStream stream = pair.Client.Requester.RequestStream(Payload.FromText("x"), 2, receiver);
            await pair.Client.Requester.RequestResponseAsync(Payload.Empty).Within();
            var inner = new TestSource();
            inner.Emit("a");
            TaskCompletionSource<PayloadSource> arrival = pending.Dequeue();
            await Both(stream.Cancel, () => arrival.SetResult(inner));
            await inner.Released.Within();
            Assert.Equal((1, null), (inner.Releases, inner.Misuse));
            await pair.ExpectNothingLeftAsync();
        }
    }

    [Fact]
    public async Task ResponseAndItsCancellation()
    {
        TaskCompletionSource<Payload> answer = null!;
        TaskCompletionSource asked = null!;
        await using Pair pair = Pair.Start(new ScriptedResponder
        {
            OnRequest = (request, _) =>
            {
                if (request.Data.Length == 0)
                {
                    return ValueTask.FromResult(request);
                }

                asked.SetResult();
                return new ValueTask<Payload>(answer.Task);
            },
        });
        for (int round = 0; round < Rounds; round++)
        {
            answer = new TaskCompletionSource<Payload>(TaskCreationOptions.RunContinuationsAsynchronously);
            asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var giveUp = new CancellationTokenSource();
            Task<Exception?> waiting = Record.ExceptionAsync(
                async () => Assert.Equal("a", (await pair.Client.Requester.RequestResponseAsync(Payload.FromText("x"), giveUp.Token).Within()).DataText));
            await asked.Task.Within();
            await Both(giveUp.Cancel, () => answer.SetResult(Payload.FromText("a")));
            Assert.True(await waiting.Within() is null or OperationCanceledException);
            await pair.ExpectNothingLeftAsync();
        }
    }

    private static async Task StreamAsync(Func<InboundStream, TestSource, int, Task> race)
    {
        var sources = new List<TestSource>();
        await using Pair pair = Pair.Start(Serving(sources));
        for (int round = 0; round < Rounds; round++)
        {
            var receiver = new Recorder();
            InboundStream stream = pair.Client.Requester.RequestStream(Payload.FromText("x"), 1, receiver);
            await pair.Client.Requester.RequestResponseAsync(Payload.Empty).Within(); // the request before it has been served
            await race(stream, sources[round], round);
            await sources[round].Released.Within();
            await pair.ExpectNothingLeftAsync();
            Check(sources[round], receiver);
        }
    }

    private static ScriptedResponder Serving(List<TestSource> sources) => new()
    {
        OnStream = (_, _) =>
        {
            var source = new TestSource();
            sources.Add(source);
            return source;
        },
    };

    private static void Check(TestSource source, Recorder receiver)
    {
        Assert.Equal((1, null), (source.Releases, source.Misuse));
        Assert.Null(receiver.Misuse);
        Assert.InRange(receiver.Ends, 0, 1);
    }

    // All at once, as far as a barrier can bring it about.
    private static async Task Both(params Action[] actions)
    {
        using var start = new Barrier(Math.Min(actions.Length, 2));
        int next = -1;
        void Run()
        {
            start.SignalAndWait();
            for (int i; (i = Interlocked.Increment(ref next)) < actions.Length;)
            {
                actions[i]();
            }
        }

        await Task.WhenAll(Task.Run(Run), Task.Run(Run)).Within();
    }

    private sealed class Host : ISourceHost
    {
        public int Ended;

        public void SourceReady()
        {
        }

        public void SourceEnded(RSocketException? error) => Interlocked.Increment(ref Ended);
    }

    /// <summary>The library on both ends of memory.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        public required ConnectionEnd Client { get; init; }

        public required ConnectionEnd Server { get; init; }

        public static Pair Start(ScriptedResponder responder)
        {
            (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
            return new Pair { Server = ConnectionEnd.Server(server, responder), Client = ConnectionEnd.Client(client) };
        }

        public Task ExpectNothingLeftAsync() => Guard.Until(() => Client.OpenStreams + Server.OpenStreams == 0, "no stream was left");

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
