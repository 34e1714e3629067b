using System.Buffers;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>Peers for whose sake a loop never has to wait: it gives up its thread all the same.</summary>
[Collection(HasThePool.Name)]
public sealed class TurnTests
{
    private const int Many = 20_000;

    [Fact]
    public Task PeerThatSendsWithoutEnd_LeavesThePoolItsTurns() => OneWorker.RunAsync(static () =>
    {
        int came = 0;
        int before = -1;
        ScriptedResponder responder = new()
        {
            OnFireAndForget = _ =>
            {
                if (came++ == 0)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(_ => before = came, null);
                }
            },
        };
        TirelessTransport transport = new(Enumerable.Range(0, Many).Select(static i => Build.RequestFnf((2 * i) + 1, "x")), isOverThen: true);
        Task reading = Task.Run(() => ConnectionEnd.Server(transport, responder).Closed); // its loop begins on the pool, and may never leave it

        Assert.True(reading.Wait(Guard.Patience));
        Assert.Equal(Many, came);
        Assert.InRange(before, 1, Many / 10);
    });

    [Fact]
    public Task PeerThatTakesWithoutEnd_LeavesThePoolItsTurns() => OneWorker.RunAsync(static () =>
    {
        BigSource source = new();
        ScriptedResponder responder = new() { OnStream = (_, _) => source };
        TirelessTransport transport = new([Build.RequestStream(1, int.MaxValue, "x")], isOverThen: false);
        ConnectionEnd end = ConnectionEnd.Server(transport, responder);

        Assert.True(source.Over.Wait(Guard.Patience));
        Assert.InRange(source.Before, 1, Many / 10);
        transport.Abort();
        Assert.True(end.Closed.Wait(Guard.Patience));
    });

    /// <summary>Payloads of a kilobyte, as fast as they are taken.</summary>
    private sealed class BigSource : PayloadSource
    {
        private readonly byte[] data = new byte[1_024];
        private int taken;

        public ManualResetEventSlim Over { get; } = new();

        /// <summary>How many were taken before the pool came to what it was given at the first.</summary>
        public int Before { get; private set; } = -1;

        protected internal override PullStatus TryPull(out Payload payload)
        {
            payload = new Payload(data);
            if (taken++ == 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ => Before = taken, null);
            }

            if (taken < Many)
            {
                return PullStatus.Next;
            }

            Over.Set();
            return PullStatus.NextAndComplete;
        }
    }

    /// <summary>A frame for each read and room for all that is written, at once.</summary>
    private sealed class TirelessTransport(IEnumerable<byte[]> frames, bool isOverThen) : FrameTransport
    {
        private readonly Queue<byte[]> left = new(frames.Prepend(Build.Setup()));
        private readonly TaskCompletionSource<bool> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ArrayBufferWriter<byte> written = new();
        private bool mayTake;

        public override string Description => "tireless";

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
        {
            mayTake = left.Count > 0;
            return mayTake ? ValueTask.FromResult(true) : isOverThen ? ValueTask.FromResult(false) : new ValueTask<bool>(end.Task);
        }

        public override bool TryRead(out ReadOnlySequence<byte> frame)
        {
            frame = mayTake ? new ReadOnlySequence<byte>(left.Dequeue()) : default;
            return mayTake && !(mayTake = false);
        }

        public override IBufferWriter<byte> StartFrame(int length) => written;

        public override ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            written.ResetWrittenCount();
            return ValueTask.CompletedTask;
        }

        public override ValueTask CompleteWritingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Abort() => end.TrySetResult(false);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
