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

    // Not in the tests themselves: a batch does not live across an await.
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
