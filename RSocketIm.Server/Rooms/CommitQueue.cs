namespace RSocketIm.Server.Rooms;

/// <summary>The commands that wait for the next commit, bounded in bytes; beyond the bound, in order of arrival, those that wait to wait.</summary>
/// <param name="limit">Bytes that may be pending.</param>
/// <param name="full">Told when a command has to wait outside; null: nobody is.</param>
internal sealed class CommitQueue(long limit, Action? full = null)
{
    private readonly Lock gate = new();
    private readonly LinkedList<RoomCommand> outside = new();
    private List<RoomCommand> pending = [];
    private long pendingBytes;
    private bool running;
    private TaskCompletionSource? drained;

    /// <summary>Adds a command, which is answered in any case.</summary>
    /// <param name="command">The command; the queue's until it is answered.</param>
    /// <param name="cancellationToken">Observed while the queue is full. Once admitted, a command is committed whatever its sender does.</param>
    /// <returns>Whether the caller has to start the commit loop.</returns>
    public bool Add(RoomCommand command, CancellationToken cancellationToken)
    {
        bool start;
        lock (gate)
        {
            if (drained is null)
            {
                Place(command, cancellationToken);
                start = !running;
                running = true;
                return start;
            }
        }

        command.Fail(Refusal.Draining());
        return false;
    }

    /// <summary>Takes everything that is pending and admits what this makes room for.</summary>
    /// <param name="batch">The commands, in order; handed back as the empty list of the turn after next.</param>
    /// <returns>False when there is nothing: the commit loop ends, and the next <see cref="Add"/> starts it.</returns>
    public bool TryTake(ref List<RoomCommand> batch)
    {
        batch.Clear();
        lock (gate)
        {
            if (pending.Count == 0)
            {
                running = false;
                drained?.TrySetResult();
                return false;
            }

            (pending, batch) = (batch, pending);
            pendingBytes = 0;
            while (outside.First is { } first && HasRoomFor(first.Value))
            {
                outside.RemoveFirst();

                // Not Dispose: it would wait for a cancellation that runs now and waits for this lock.
                first.Value.WaitCancellation.Unregister();
                Admit(first.Value);
            }
        }

        return true;
    }

    /// <summary>Refuses every later command; the task ends when those that came before have been answered.</summary>
    public Task CloseAsync()
    {
        lock (gate)
        {
            drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!running)
            {
                drained.TrySetResult();
            }

            return drained.Task;
        }
    }

    // An empty queue takes a command of any size, or a large one would wait for ever.
    private bool HasRoomFor(RoomCommand command) => pending.Count == 0 || pendingBytes + command.Cost <= limit;

    private void Place(RoomCommand command, CancellationToken cancellationToken)
    {
        if (outside.Count == 0 && HasRoomFor(command))
        {
            Admit(command);
            return;
        }

        full?.Invoke();
        LinkedListNode<RoomCommand> place = outside.AddLast(command);
        command.WaitCancellation = cancellationToken.UnsafeRegister((_, token) => GiveUp(place, token), null);
    }

    private void Admit(RoomCommand command)
    {
        pending.Add(command);
        pendingBytes += command.Cost;
    }

    private void GiveUp(LinkedListNode<RoomCommand> place, CancellationToken token)
    {
        lock (gate)
        {
            if (place.List is null)
            {
                return;
            }

            outside.Remove(place);
        }

        place.Value.Fail(new OperationCanceledException(token));
    }
}
