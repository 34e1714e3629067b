using RSocketIm.Protocol.Connections;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

public sealed class LazyCompletionTests
{
    [Fact]
    public async Task Task_AskedForBefore_CompletesWithTheEvent()
    {
        var holder = new Holder();
        Task task = holder.Event.Task;
        Assert.Same(task, holder.Event.Task);
        Assert.False(task.IsCompleted);
        holder.Event.Complete();
        await task.Within();
        Assert.True(task.IsCompletedSuccessfully);
        Assert.Same(task, holder.Event.Task);
    }

    [Fact]
    public void Task_AskedForAfter_IsCompleted()
    {
        var holder = new Holder();
        holder.Event.Complete();
        Assert.True(holder.Event.Task.IsCompletedSuccessfully);
        Assert.True(holder.Event.Task.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Event_ThatHappensTwice_HappensOnce(bool asked)
    {
        var holder = new Holder();
        Task? before = asked ? holder.Event.Task : null;
        holder.Event.Complete();
        holder.Event.Complete();
        Assert.True(holder.Event.Task.IsCompletedSuccessfully);
        Assert.True(before?.IsCompletedSuccessfully ?? true);
    }

    [Fact]
    public void EventsOfOthers_AreTheirOwn()
    {
        var happened = new Holder();
        var other = new Holder();
        happened.Event.Complete();
        Assert.True(happened.Event.Task.IsCompleted);
        Assert.False(other.Event.Task.IsCompleted);
    }

    [Fact]
    public async Task WhoWaits_GoesOnOnAnotherThread_NotInTheMidstOfComplete()
    {
        var holder = new Holder();
        Task<int> wentOn = holder.Event.Task.ContinueWith(
            _ => Environment.CurrentManagedThreadId, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        int completing = 0;
        var thread = new Thread(() =>
        {
            completing = Environment.CurrentManagedThreadId;
            holder.Event.Complete();
        });
        thread.Start();
        thread.Join();
        Assert.NotEqual(completing, await wentOn.Within());
    }

    [Fact]
    public void AskingAndCompleting_FromManyThreads_LeavesNobodyWaiting()
    {
        const int Threads = 4;
        const int Rounds = 2_000;
        Holder[] holders = [.. Enumerable.Range(0, Rounds).Select(_ => new Holder())];
        var asked = new Task[Threads][];
        using var start = new Barrier(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            asked[number] = new Task[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                start.SignalAndWait();
                if (number == round % Threads)
                {
                    holders[round].Event.Complete();
                }

                asked[number][round] = holders[round].Event.Task;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.All(asked.SelectMany(each => each), task => Assert.True(task.IsCompletedSuccessfully));
    }

    private sealed class Holder
    {
        public LazyCompletion Event;
    }
}
