namespace RSocketIm.Protocol.Connections;

/// <summary>An event that happens once and has a task only if somebody asks for it: nearly nobody does, and there is one for each connection.</summary>
/// <remarks>Mutable; a field that is never copied. Any thread.</remarks>
internal struct LazyCompletion
{
    // What everybody has who asks after the event.
    private static readonly TaskCompletionSource Completed = CreateCompleted();

    private TaskCompletionSource? source;

    /// <summary>Completes with the event; never fails.</summary>
    public Task Task
    {
        get
        {
            if (Volatile.Read(ref source) is { } known)
            {
                return known.Task;
            }

            TaskCompletionSource made = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref source, made, null) ?? made).Task;
        }
    }

    /// <summary>The event happens; again is nothing.</summary>
    public void Complete() => Interlocked.CompareExchange(ref source, Completed, null)?.TrySetResult();

    private static TaskCompletionSource CreateCompleted()
    {
        TaskCompletionSource completed = new();
        completed.SetResult();
        return completed;
    }
}
