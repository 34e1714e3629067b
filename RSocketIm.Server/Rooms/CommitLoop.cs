using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>The one place where rooms change: takes everything that arrived while the previous commit ran, and commits it in one go.</summary>
/// <remarks>
/// <para>One loop for all rooms, because one sync of the disk serves them all: the busier the server, the larger the
/// batch. No timer: an idle server commits a lone message at once.</para>
/// <para>Nobody else changes a room, so commands are checked against a state that stands still, without locks. A command
/// works on drafts (<see cref="CommitTurn"/>); when the store fails they are dropped, and nothing has happened.</para>
/// <para>Nothing waits in here while there is nothing to do: the loop runs on the thread pool from the command that finds
/// it idle to the turn that finds no command.</para>
/// </remarks>
internal sealed class CommitLoop(
    RoomDirectory directory, IRoomStore store, IAttachmentStore attachments, TailBudget tails, TimeProvider time, RoomOptions options, RoomMetrics metrics, ILogger<CommitLoop> log)
    : IThreadPoolWorkItem
{
    private readonly CommitQueue queue = new(options.CommitQueueBytes, metrics.QueueFull);
    private readonly MessageStates messages = new(store);

    // Touched by the loop only; takes turns with the queue's own list.
    private List<RoomCommand> batch = [];

    /// <summary>Runs a command in the next turn and answers when it is durable and visible.</summary>
    /// <param name="command">The command, not used before.</param>
    /// <param name="cancellationToken">Ends the wait for room in the queue; without effect once the command is in it.</param>
    /// <exception cref="Protocol.RSocketException">The command was refused, or the store failed (<c>unavailable</c>: nothing has happened).</exception>
    public ValueTask<TResult> RunAsync<TResult>(RoomCommand<TResult> command, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        }

        ValueTask<TResult> answer = command.Answer;
        if (queue.Add(command, cancellationToken))
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return answer;
    }

    /// <summary>Refuses new commands with <c>unavailable</c> and waits until the others have been answered.</summary>
    public Task DrainAsync() => queue.CloseAsync();

    void IThreadPoolWorkItem.Execute() => _ = LoopAsync();

    private async Task LoopAsync()
    {
        while (queue.TryTake(ref batch))
        {
            await TurnAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask TurnAsync()
    {
        CommitTurn turn = new(directory, messages, time.GetUtcNow().ToUnixTimeMilliseconds());
        try
        {
            await FindSendsAsync().ConfigureAwait(false);
            await FindNeedsAsync().ConfigureAwait(false);
            Apply(turn);
            if (turn.Commits is { Count: > 0 } commits)
            {
                long started = time.GetTimestamp();
                await store.CommitAsync(commits, CancellationToken.None).ConfigureAwait(false);
                metrics.Committed(batch.Count, turn.EntryCount, time.GetElapsedTime(started));
            }
        }
        catch (Exception error)
        {
            log.CommitFailed(error, batch.Count);
            metrics.CommitFailed();
            messages.Clear();
            Fail();
            return;
        }

        Finish(turn);
    }

    private void Fail()
    {
        using WakeBatch wakes = WakeBatch.Start();
        foreach (RoomCommand command in batch)
        {
            command.Fail(Refusal.StoreFailed());
        }
    }

    // In one go, so that a connection with many feeds and many senders flushes once for all of them.
    private void Finish(CommitTurn turn)
    {
        using WakeBatch wakes = WakeBatch.Start();
        Publish(turn);
        foreach (RoomCommand command in batch)
        {
            command.Complete();
        }
    }

    private async ValueTask FindSendsAsync()
    {
        List<RoomCommand>? keyed = null;
        foreach (RoomCommand command in batch)
        {
            if (command.Key is not null)
            {
                (keyed ??= new List<RoomCommand>(batch.Count)).Add(command);
            }
        }

        if (keyed is null)
        {
            return;
        }

        SendKey[] keys = new SendKey[keyed.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = keyed[i].Key!.Value;
        }

        IReadOnlyList<SentEntry?> known = await store.FindSendsAsync(keys, CancellationToken.None).ConfigureAwait(false);
        for (int i = 0; i < keys.Length; i++)
        {
            keyed[i].Known = known[i];
        }
    }

    private async ValueTask FindNeedsAsync()
    {
        messages.Trim();
        foreach (RoomCommand command in batch)
        {
            if ((command.Target < 1 && command.UsedAttachments.Count == 0) || directory.Find(command.Room) is not { } room || command.Target > room.Head)
            {
                continue;
            }

            try
            {
                if (command.Target > 0)
                {
                    await messages.LoadAsync(room, command.Target).ConfigureAwait(false);
                }

                foreach (string id in command.UsedAttachments)
                {
                    if (await attachments.FindAttachmentAsync(id, CancellationToken.None).ConfigureAwait(false) is { } attachment)
                    {
                        (command.KnownAttachments ??= new Dictionary<string, AttachmentRecord>(StringComparer.Ordinal))[id] = attachment;
                    }
                }
            }
            catch (Exception error)
            {
                // What one command needs and cannot be read must not take the sends of the same turn with it.
                log.CommandFailed(error, command.GetType().Name, command.Room);
                command.Refuse(Refusal.StoreUnreadable(command.Room));
            }
        }
    }

    private void Apply(CommitTurn turn)
    {
        foreach (RoomCommand command in batch)
        {
            try
            {
                command.Apply(turn);
            }
            catch (Exception error)
            {
                // Our mistake, met by one command: it must not take the others of its turn with it.
                log.CommandFailed(error, command.GetType().Name, command.Room);
                command.Refuse(Refusal.Internal());
            }
        }
    }

    private void Publish(CommitTurn turn)
    {
        foreach (RoomDraft draft in turn.Changed)
        {
            try
            {
                metrics.Woken(directory.Publish(draft, tails));
            }
            catch (Exception error)
            {
                // A reader's mistake; the entries are on disk and the other rooms must hear of theirs.
                log.PublishFailed(error, draft.Room.Id);
            }
        }

        metrics.TailBytes = tails.Bytes;
    }
}
