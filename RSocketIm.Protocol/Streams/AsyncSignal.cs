using System.Threading.Tasks.Sources;

namespace RSocketIm.Protocol.Streams;

/// <summary>An auto-reset event for one waiter, without allocation: wakes the write loop of a connection, or whoever reads many <see cref="SourceReader"/>s.</summary>
/// <remarks>
/// <para>Signals given while nobody waits are remembered as one; the loop looks at everything anyway.</para>
/// <para>The waiter goes on in its turn among all that were woken (<see cref="WakeLine"/>), and never on the signalling thread, which may
/// be the commit loop, or may hold the connection's gate. So it finds all that was about to become ready, and flushes once. A read loop that
/// has dispatched what it read, and holds nothing any more, goes on with its own write loop itself (<see cref="WakeBatch"/>).</para>
/// </remarks>
public sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock sync = new();
    private ManualResetValueTaskSourceCore<bool> core;
    private bool signalled;
    private bool waiting;
    private int held;

    /// <summary>Wakes the waiter, or the next wait; within a <see cref="WakeBatch"/> at its end.</summary>
    public void Set()
    {
        if (!WakeBatch.TryHold(this))
        {
            SetNow();
        }
    }

    /// <summary>Marks it as being in a thread's batch.</summary>
    /// <returns>False when it is in one already, maybe of another thread: whose end comes after this call, and is early enough.</returns>
    internal bool TryHold() => Interlocked.Exchange(ref held, 1) == 0;

    /// <summary>The batch it is in is over.</summary>
    internal void Release()
    {
        Volatile.Write(ref held, 0);
        SetNow();
    }

    /// <summary>The batch it is in is over, and its thread goes on with what the waiter does.</summary>
    internal void ReleaseHere()
    {
        Volatile.Write(ref held, 0);
        if (TryWake())
        {
            Run();
        }
    }

    /// <summary>Lets the waiter go on, here and now.</summary>
    internal void Run() => core.SetResult(true);

    /// <summary>Completes at the next signal, or at once when there was one since the last wait. One waiter only.</summary>
    public ValueTask WaitAsync()
    {
        lock (sync)
        {
            if (signalled)
            {
                signalled = false;
                return ValueTask.CompletedTask;
            }

            core.Reset();
            waiting = true;
            return new ValueTask(this, core.Version);
        }
    }

    void IValueTaskSource.GetResult(short token) => core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);

    private void SetNow()
    {
        if (TryWake())
        {
            WakeLine.Shared.Add(this);
        }
    }

    // False: nobody waits, and the next who does goes on at once.
    private bool TryWake()
    {
        lock (sync)
        {
            signalled = !waiting;
            bool woken = waiting;
            waiting = false;
            return woken;
        }
    }
}
