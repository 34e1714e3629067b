using System.Collections.Concurrent;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>The stream end of a source, as a connection is one: pulls while there is credit, on one thread at a time, and loses no signal.</summary>
/// <remarks>Pulls on the thread that grants or signals, or on the thread pool, as a write loop would; runs before single payloads.</remarks>
internal sealed class FakeStream : ISourceHost
{
    // What a stream that is alone in line may write at once, and the longest frame, unless a server is told otherwise.
    private const int BatchBytes = 32_768;
    private const int FrameBytes = 65_536;

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

    /// <summary>How often a single payload was asked for.</summary>
    public int Pulls { get; private set; }

    /// <summary>What was taken of runs, in order; its payloads are among those received.</summary>
    public List<RunSlice> Runs { get; } = [];

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
                if (source.TryPullRun(Volatile.Read(ref credit), BatchBytes, FrameBytes, out RunSlice slice))
                {
                    Interlocked.Add(ref credit, -slice.Count);
                    Runs.Add(slice);
                    for (int index = slice.First; index < slice.First + slice.Count; index++)
                    {
                        Receive(slice.Run.Data(index).ToArray());
                    }

                    continue;
                }

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
