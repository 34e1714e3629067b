using System.Threading.Tasks.Sources;

namespace RSocketIm.Protocol.Streams;

/// <summary>An auto-reset event for one waiter, without allocation: wakes the write loop of a connection, or its read loop after a pause.</summary>
/// <remarks>Signals given while nobody waits are remembered as one; the loop looks at everything anyway.</remarks>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock sync = new();

    // Asynchronously: the thread that signals may be the commit loop, or may hold the connection's gate.
    private ManualResetValueTaskSourceCore<bool> core = new() { RunContinuationsAsynchronously = true };
    private bool signalled;
    private bool waiting;

    public void Set()
    {
        lock (sync)
        {
            if (!waiting)
            {
                signalled = true;
                return;
            }

            waiting = false;
        }

        core.SetResult(true);
    }

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
}
