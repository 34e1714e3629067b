using System.Collections.Concurrent;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>The stream end of a source, as a connection is one: pulls while there is credit, on one thread at a time, and loses no signal.</summary>
/// <remarks>Pulls on the thread that grants or signals, or on the thread pool, as a write loop would.</remarks>
internal sealed class FakeStream : ISourceHost
{
    private readonly PayloadSource source;
    private readonly bool onThreadPool;
    private readonly ConcurrentQueue<byte[]> received = new();
    private readonly Lock gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> waits = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long credit;
    private int work;
    private volatile bool over;

    public FakeStream(PayloadSource source, bool onThreadPool = false)
    {
        this.source = source;
        this.onThreadPool = onThreadPool;
        source.Attach(this);
    }

    public IReadOnlyList<byte[]> Received => [.. received];

    public int Count => received.Count;

    public int Pulls { get; private set; }

    public int ReadySignals { get; private set; }

    public Exception? Error { get; private set; }

    public bool IsOver => over;

    /// <summary>Ends when the stream does.</summary>
    public Task Ended => ended.Task;

    public void Grant(long n)
    {
        Interlocked.Add(ref credit, n);
        Schedule();
    }

    /// <summary>Pulls once more, as a connection does after a spurious wake-up.</summary>
    public void Poke() => Schedule();

    public void Cancel() => End(null);

    /// <summary>Ends when so many payloads have come.</summary>
    public Task ReceivedAsync(int count)
    {
        lock (gate)
        {
            if (received.Count >= count)
            {
                return Task.CompletedTask;
            }

            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waits.Add((count, reached));
            return reached.Task;
        }
    }

    void ISourceHost.SourceReady()
    {
        ReadySignals++;
        Schedule();
    }

    void ISourceHost.SourceEnded(RSocketException? error) => End(error);

    private void Schedule()
    {
        if (Interlocked.Increment(ref work) != 1)
        {
            return;
        }

        if (onThreadPool)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.Pump(), this, preferLocal: false);
        }
        else
        {
            Pump();
        }
    }

    private void Pump()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref work);
            PullAll();
        }
        while (Interlocked.Add(ref work, -seen) != 0);
    }

    private void PullAll()
    {
        try
        {
            while (!over && Volatile.Read(ref credit) > 0)
            {
                Pulls++;
                PullStatus status = source.TryPull(out Payload payload);
                if (status is PullStatus.Next or PullStatus.NextAndComplete)
                {
                    Interlocked.Decrement(ref credit);
                    Receive(payload.Data.ToArray());
                }

                if (status is PullStatus.Complete or PullStatus.NextAndComplete)
                {
                    End(null);
                }

                if (status is not PullStatus.Next)
                {
                    return;
                }
            }
        }
        catch (RSocketException error)
        {
            End(error);
        }
    }

    private void Receive(byte[] data)
    {
        lock (gate)
        {
            received.Enqueue(data);
            foreach ((int count, TaskCompletionSource reached) in waits)
            {
                if (received.Count >= count)
                {
                    reached.TrySetResult();
                }
            }
        }
    }

    private void End(RSocketException? error)
    {
        lock (gate)
        {
            if (over)
            {
                return;
            }

            over = true;
            Error = error;
        }

        source.ReleaseOnce();
        ended.SetResult();
    }
}
