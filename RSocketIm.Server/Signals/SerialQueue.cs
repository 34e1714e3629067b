namespace RSocketIm.Server.Signals;

/// <summary>Runs actions one at a time, in the order in which they were added, on whichever thread comes by; never under a lock.</summary>
/// <remarks>
/// Rx wants calls to an observer one after the other. A lock around them would do it, but an observer may take a lock of its
/// own and, on another thread, unsubscribe under it: a deadlock. What only these actions touch needs no lock.
/// </remarks>
internal sealed class SerialQueue
{
    private readonly Queue<Action> actions = new();
    private bool running;

    /// <summary>Adds an action; may be called under a lock. Follow up with <see cref="Run"/>, outside of it.</summary>
    public void Add(Action action)
    {
        lock (actions)
        {
            actions.Enqueue(action);
        }
    }

    /// <summary>Runs what has been added, unless a thread is at it already, which will then run it.</summary>
    public void Run()
    {
        bool first = true;
        while (TakeNext(first) is { } action)
        {
            first = false;
            try
            {
                action();
            }
            catch
            {
                // The caller's, or the timer's, to report; the queue must not stay taken.
                lock (actions)
                {
                    running = false;
                }

                throw;
            }
        }
    }

    private Action? TakeNext(bool first)
    {
        lock (actions)
        {
            if (first && running)
            {
                return null;
            }

            running = actions.TryDequeue(out Action? action);
            return action;
        }
    }
}
