using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

public class WakeBatchTests
{
    [Fact]
    public async Task AnswersGivenInOneBatch_AreFlushedTogether()
    {
        const int Requests = 50;
        var asked = new List<TaskCompletionSource<Payload>>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnRequest = (_, _) =>
            {
                var answer = new TaskCompletionSource<Payload>();
                asked.Add(answer);
                if (asked.Count == Requests)
                {
                    all.SetResult();
                }

                return new ValueTask<Payload>(answer.Task);
            },
        });
        await dialogue.Peer.SendAsync([.. Enumerable.Range(0, Requests).Select(i => Build.RequestResponse((2 * i) + 1))]);
        await all.Task.Within();
        AnswerAll(asked);

        List<ReceivedFrame> flushed = await dialogue.Peer.ReadFlushAsync();

        Assert.Equal(Enumerable.Range(0, Requests).Select(i => (2 * i) + 1), flushed.Select(frame => frame.StreamId));
    }

    [Fact]
    public async Task AnswersToRequestsThatCameTogether_AreFlushedTogether()
    {
        const int Requests = 50;
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync([.. Enumerable.Range(0, Requests).Select(i => Build.RequestResponse((2 * i) + 1, $"{i}"))]);

        List<ReceivedFrame> flushed = await dialogue.Peer.ReadFlushAsync();

        Assert.Equal(Enumerable.Range(0, Requests).Select(i => $"{i}"), flushed.Select(frame => frame.Data));
    }

    [Fact]
    public async Task Signal_InABatch_IsGivenWhenTheOutermostBatchEnds()
    {
        var signal = new AsyncSignal();
        Task waiting = signal.WaitAsync().AsTask();

        Assert.False(SetTwiceInTwoBatches(signal, waiting), "The inner batch gave the signal.");
        await waiting.Within();
        Task again = signal.WaitAsync().AsTask();
        Assert.False(again.IsCompleted, "Two signals in one batch were two.");
    }

    [Fact]
    public async Task Signal_OfAnotherThread_DoesNotWaitForTheBatch()
    {
        var signal = new AsyncSignal();
        Task waiting = signal.WaitAsync().AsTask();
        SetOnAnotherThread(signal, waiting);
        await waiting;
    }

    [Fact]
    public async Task Signal_AfterABatch_IsGivenAtOnce()
    {
        var signal = new AsyncSignal();
        using (WakeBatch batch = WakeBatch.Start())
        {
            signal.Set();
        }

        await signal.WaitAsync().AsTask().Within();
        signal.Set();
        await signal.WaitAsync().AsTask().Within();
        Assert.False(signal.WaitAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task OwnWaiter_GoesOnOnTheBatchsThread_AfterTheOthersHaveBeenQueued()
    {
        var own = new AsyncSignal();
        var other = new AsyncSignal();
        var otherThread = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ownThread = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task otherWaits = WaitAsync(other, () => otherThread.SetResult(Environment.CurrentManagedThreadId));

        // Stays on the thread until the other has gone on elsewhere: had it not been queued before, it never would.
        Task ownWaits = WaitAsync(own, () =>
        {
            Assert.True(SpinWait.SpinUntil(() => otherThread.Task.IsCompleted, Guard.Patience));
            ownThread.SetResult(Environment.CurrentManagedThreadId);
        });
        SetBothInABatch(own, other, ownWaits);
        await Task.WhenAll(ownWaits, otherWaits).Within();
        Assert.NotEqual(await ownThread.Task, await otherThread.Task);
    }

    [Fact]
    public void OwnSignal_ThatNobodyWaitsFor_IsRemembered()
    {
        var own = new AsyncSignal();
        using (WakeBatch batch = WakeBatch.Start())
        {
            WakeBatch.GoOnWith(own);
            own.Set();
            own.Set();
        }

        Assert.True(own.WaitAsync().AsTask().IsCompleted);
        Assert.False(own.WaitAsync().AsTask().IsCompleted, "Two signals in one batch were two.");
    }

    [Fact]
    public void OwnSignal_ThatIsNotGiven_WakesNobody()
    {
        var own = new AsyncSignal();
        Task waits = WaitAsync(own, () => { });
        using (WakeBatch batch = WakeBatch.Start())
        {
            WakeBatch.GoOnWith(own);
            new AsyncSignal().Set();
        }

        Assert.False(waits.IsCompleted);
    }

    [Fact]
    public async Task OwnSignal_OfABatchThatIsOver_IsNotTheNextOnes()
    {
        var own = new AsyncSignal();
        int thread = 0;
        Task waits = WaitAsync(own, () => Volatile.Write(ref thread, Environment.CurrentManagedThreadId));
        Assert.False(SetInTheNextBatch());
        await waits.Within();

        // Whether the waiter went on here; this thread has no other time for it.
        bool SetInTheNextBatch()
        {
            using (WakeBatch batch = WakeBatch.Start())
            {
                WakeBatch.GoOnWith(own);
            }

            WakeBatch.GoOnWith(own); // there is no batch
            using (WakeBatch batch = WakeBatch.Start())
            {
                own.Set();
            }

            return Volatile.Read(ref thread) == Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public void OwnWaiter_GoesOnOncePerBatch_AndWaitsForTheOutermost()
    {
        var own = new AsyncSignal();
        int runs = 0;
        Task waits = LoopAsync();
        for (int round = 1; round <= 3; round++)
        {
            using (WakeBatch batch = WakeBatch.Start())
            {
                WakeBatch.GoOnWith(own);
                using (WakeBatch inner = WakeBatch.Start())
                {
                    own.Set();
                }

                own.Set();
                Assert.Equal(round - 1, runs);
            }

            Assert.Equal(round, runs); // on this thread, so it has happened
        }

        Assert.False(waits.IsCompleted);

        async Task LoopAsync()
        {
            while (true)
            {
                await own.WaitAsync().ConfigureAwait(false);
                runs++;
            }
        }
    }

    private static async Task WaitAsync(AsyncSignal signal, Action then)
    {
        await signal.WaitAsync().ConfigureAwait(false);
        then();
    }

    // Not in the tests themselves: a batch does not live across an await.
    private static void SetBothInABatch(AsyncSignal own, AsyncSignal other, Task ownWaits)
    {
        using (WakeBatch batch = WakeBatch.Start())
        {
            WakeBatch.GoOnWith(own);
            own.Set();
            other.Set();
            Assert.False(ownWaits.IsCompleted);
        }

        Assert.True(ownWaits.IsCompleted, "The own waiter was left to another thread.");
    }

    private static bool SetTwiceInTwoBatches(AsyncSignal signal, Task waiting)
    {
        using WakeBatch outer = WakeBatch.Start();
        WakeBatch inner = WakeBatch.Start();
        signal.Set();
        signal.Set();
        inner.Dispose();
        inner.Dispose();
        return waiting.IsCompleted;
    }

    private static void SetOnAnotherThread(AsyncSignal signal, Task waiting)
    {
        using WakeBatch batch = WakeBatch.Start();
        var other = new Thread(signal.Set);
        other.Start();
        other.Join();
        Assert.True(SpinWait.SpinUntil(() => waiting.IsCompleted, Guard.Patience));
    }

    private static void AnswerAll(List<TaskCompletionSource<Payload>> asked)
    {
        using WakeBatch batch = WakeBatch.Start();
        foreach (TaskCompletionSource<Payload> answer in asked)
        {
            answer.SetResult(new Payload("x"u8.ToArray()));
        }
    }
}
