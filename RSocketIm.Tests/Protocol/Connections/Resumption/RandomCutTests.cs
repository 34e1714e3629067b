using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;
using Xunit.Abstractions;

namespace RSocketIm.Tests.Protocol.Connections.Resumption;

/// <summary>200,000 elements over sockets that are cut at random times, wherever in a frame or a handshake that may be.</summary>
public sealed class RandomCutTests(ITestOutputHelper output)
{
    private const int Elements = 100_000; // each way
    private const int BytesPerSecond = 250_000; // so that it takes some seconds, and there is something to cut

    [Theory]
    [Trait("Checklist", "E33")]
    [Trait("Checklist", "76")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Channel_CutAtRandom_DeliversEveryElementOnceInOrderBothWays(bool tls)
    {
        var received = new Counter(Elements);
        await using var server = new RSocketServer(
            (_, _, _) => ValueTask.FromResult<RSocketResponder>(new ScriptedResponder
            {
                OnChannel = (_, incoming, _) =>
                {
                    received.Start(incoming);
                    return Numbers();
                },
            }),
            new RSocketServerOptions { Resume = new ResumeOptions() });
        await using RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0), tls ? TestCertificate.ForServer : null);
        await using FaultProxy proxy = FaultProxy.Start(listener.EndPoint, prepare: static link =>
        {
            link.Up.Throttle(BytesPerSecond);
            link.Down.Throttle(BytesPerSecond);
        });
        await using RSocketClient client = await RSocketClient.ConnectAsync(
            $"{(tls ? "tcps" : "tcp")}://localhost:{proxy.EndPoint.Port}",
            new RSocketClientOptions
            {
                Tls = TestCertificate.ForClient,
                Resume = new ResumeOptions(),
                Reconnect = new ReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(50) },
            });
        await client.RequestResponseAsync(Payload.FromText("the session is there")).Within();

        var echoed = new Counter(Elements);
        InboundStream stream = client.RequestChannel(Payload.FromText("go"), Numbers(), Counter.Window, echoed);
        echoed.Follow(stream);

        // 10 to 1,500 ms, the short ones more often.
        var random = new Random(20_261_122);
        var box = new TimerBox();
        int cuts = 0;
        using ITimer timer = TimeProvider.System.CreateTimer(
            state =>
            {
                lock (random)
                {
                    cuts++;
                    _ = proxy.CutAsync(random.Next(2) == 0 ? CutKind.Reset : CutKind.Fin);
                    ((TimerBox)state!).Timer?.Change(TimeSpan.FromMilliseconds(10 + (1_490 * Math.Pow(random.NextDouble(), 2))), Timeout.InfiniteTimeSpan);
                }
            },
            box,
            TimeSpan.FromMilliseconds(10),
            Timeout.InfiniteTimeSpan);
        box.Timer = timer;

        await Task.WhenAll(echoed.Done, received.Done).WaitAsync(TimeSpan.FromMinutes(1));
        output.WriteLine($"{2 * Elements} elements, {cuts} cuts, {server.Resumption!.Resumed} resumed, {server.Resumption.Lost} lost");
        Assert.InRange(server.Resumption.Resumed, 3, int.MaxValue);
        Assert.Equal(0, server.Resumption.Lost);
    }

    private static PayloadSource Numbers() => PayloadSources.From(Enumerable.Range(0, Elements).Select(static i => Payload.FromText($"{i}")));

    private sealed class TimerBox
    {
        public ITimer? Timer { get; set; }
    }

    /// <summary>Takes 0, 1, 2, … and nothing else, with credit for a window of them.</summary>
    private sealed class Counter(int count) : IPayloadReceiver
    {
        public const int Window = 1_000;

        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<InboundStream> stream = new();
        private int next;

        public Task Done => done.Task;

        public void Start(InboundStream incoming)
        {
            incoming.Subscribe(this);
            Follow(incoming);
            incoming.Request(Window);
        }

        public void Follow(InboundStream incoming) => stream.TrySetResult(incoming);

        public void OnNext(PayloadView payload)
        {
            string text = payload.ToPayload().DataText;
            if (text != $"{next}")
            {
                done.TrySetException(new InvalidOperationException($"{next} was expected and {text} came."));
            }

            next++;
            if (next % (Window / 2) == 0)
            {
                stream.Task.ContinueWith(
                    static task => task.Result.Request(Window / 2), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        public void OnComplete()
        {
            if (next == count)
            {
                done.TrySetResult();
            }
            else
            {
                done.TrySetException(new InvalidOperationException($"The end came after {next} of {count}."));
            }
        }

        public void OnError(RSocketException error) => done.TrySetException(error);
    }
}
