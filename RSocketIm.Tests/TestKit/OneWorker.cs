namespace RSocketIm.Tests.TestKit;

/// <summary>While it lasts the thread pool has one thread that runs anything, so that the order of what runs there is that of the pool's queues.</summary>
internal sealed class OneWorker : IDisposable
{
    // More than a test host keeps for itself; the pool takes no fewer than there are processors.
    private static readonly int Workers = Math.Max(16, Environment.ProcessorCount);

    private readonly SemaphoreSlim goOn = new(0);
    private readonly CountdownEvent gone = new(Workers);
    private readonly (int Workers, int Ports) least;
    private readonly (int Workers, int Ports) most;
    private volatile bool taken;
    private int held;

    private OneWorker()
    {
        ThreadPool.GetMinThreads(out least.Workers, out least.Ports);
        ThreadPool.GetMaxThreads(out most.Workers, out most.Ports);
        Assert.True(ThreadPool.SetMinThreads(Workers, least.Ports) && ThreadPool.SetMaxThreads(Workers, most.Ports));
        for (int i = 0; i < Workers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => Hold(), null);
        }

        // Some threads may be somebody else's for good; as many items stay in the queue then.
        Assert.True(SpinWait.SpinUntil(IsTaken, Guard.Patience), "The pool did not fill.");
        taken = true;
        goOn.Release();
    }

    /// <summary>Runs a test on a thread that is not the pool's.</summary>
    /// <param name="test">May block: nothing on the pool waits for it.</param>
    public static Task RunAsync(Action test) => Task.Factory.StartNew(
        () =>
        {
            using OneWorker worker = new();
            test();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public void Dispose()
    {
        goOn.Release(Workers);
        gone.Wait();
        ThreadPool.SetMaxThreads(most.Workers, most.Ports);
        ThreadPool.SetMinThreads(least.Workers, least.Ports);
        goOn.Dispose();
        gone.Dispose();
    }

    private bool IsTaken()
    {
        ThreadPool.GetAvailableThreads(out int left, out _);
        return left <= 0 && Volatile.Read(ref held) + ThreadPool.PendingWorkItemCount >= Workers;
    }

    private void Hold()
    {
        Interlocked.Increment(ref held);
        if (!taken)
        {
            goOn.Wait();
        }

        gone.Signal();
    }
}
