namespace RSocketIm.Tests.TestKit;

/// <summary>While it lasts the thread pool has one thread that runs anything, so that the order of what runs there is that of the pool's queues.</summary>
internal sealed class OneWorker : IDisposable
{
    private const int Workers = 16; // more than a test host keeps for itself
    private static readonly TimeSpan NoneFree = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim goOn = new(0);
    private readonly SemaphoreSlim held = new(0);
    private readonly CountdownEvent gone = new(Workers);
    private readonly (int Workers, int Ports) least;
    private readonly (int Workers, int Ports) most;
    private volatile bool taken;

    private OneWorker()
    {
        ThreadPool.GetMinThreads(out least.Workers, out least.Ports);
        ThreadPool.GetMaxThreads(out most.Workers, out most.Ports);
        Assert.True(ThreadPool.SetMinThreads(Workers, least.Ports) && ThreadPool.SetMaxThreads(Workers, most.Ports));
        for (int i = 0; i < Workers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => Hold(), null);
        }

        // Some threads may be somebody else's for good; what is left of the items stays in the queue then.
        for (int i = 0; i < Workers && held.Wait(NoneFree); i++)
        {
        }

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
        held.Dispose();
        gone.Dispose();
    }

    private void Hold()
    {
        held.Release();
        if (!taken)
        {
            goOn.Wait();
        }

        gone.Signal();
    }
}
