using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.TestKit;

/// <summary>A source that a test feeds by hand, and that watches how it is used: no call overlaps another, nothing after the release.</summary>
internal sealed class TestSource : PayloadSource
{
    private readonly Queue<Payload> waiting = new();
    private readonly Lock sync = new();
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool completed;
    private int inside;

    public int Releases;

    public int Pulls;

    /// <summary>What went wrong in the way the source was called; null when all was well.</summary>
    public string? Misuse { get; private set; }

    public Task Released => released.Task;

    /// <summary>Payloads 0, 1, 2, … as text, without an end.</summary>
    public static TestSource Counting(int size = 0)
    {
        int next = 0;
        return new TestSource { Endless = () => Payload.FromText((next++).ToString().PadRight(size)) };
    }

    public Func<Payload>? Endless { get; init; }

    public void Emit(params string[] data)
    {
        lock (sync)
        {
            foreach (string one in data)
            {
                waiting.Enqueue(Payload.FromText(one));
            }
        }

        SignalReady();
    }

    public void Emit(Payload payload)
    {
        lock (sync)
        {
            waiting.Enqueue(payload);
        }

        SignalReady();
    }

    /// <summary>Ends after what waits: the last payload carries the end.</summary>
    public void CompleteAfterLast()
    {
        lock (sync)
        {
            completed = true;
        }

        SignalReady();
    }

    /// <summary>Ends now, without needing credit.</summary>
    public void Complete() => SignalComplete();

    public void Fail(RSocketException error) => SignalError(error);

    protected internal override PullStatus TryPull(out Payload payload)
    {
        Enter("TryPull");
        try
        {
            Interlocked.Increment(ref Pulls);
            if (Endless is not null)
            {
                payload = Endless();
                return PullStatus.Next;
            }

            lock (sync)
            {
                if (waiting.TryDequeue(out payload))
                {
                    return completed && waiting.Count == 0 ? PullStatus.NextAndComplete : PullStatus.Next;
                }

                return completed ? PullStatus.Complete : PullStatus.Idle;
            }
        }
        finally
        {
            Interlocked.Decrement(ref inside);
        }
    }

    protected internal override void Release()
    {
        Enter("Release");
        if (Interlocked.Increment(ref Releases) > 1)
        {
            Misuse = "Release was called twice.";
        }

        Interlocked.Decrement(ref inside);
        released.TrySetResult();
    }

    private void Enter(string call)
    {
        if (Interlocked.Increment(ref inside) > 1)
        {
            Misuse = $"{call} overlapped another call.";
        }

        if (Volatile.Read(ref Releases) > 0)
        {
            Misuse = $"{call} came after Release.";
        }
    }
}
