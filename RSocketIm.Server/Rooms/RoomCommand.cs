using System.Threading.Tasks.Sources;
using RSocketIm.Protocol;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Something a user wants changed in a room: applied on the commit loop, answered when it is durable.</summary>
/// <param name="user">Who wants it.</param>
/// <param name="room">The room's id.</param>
internal abstract class RoomCommand(string user, string room)
{
    /// <summary>Who wants it.</summary>
    public string User { get; } = user;

    /// <summary>The room's id.</summary>
    public string Room { get; } = room;

    /// <summary>What the command holds in the queue, in bytes, roughly: objects, and the text it carries.</summary>
    public virtual int Cost => 512;

    /// <summary>The key under which it may have been committed before; null for commands that do not have one.</summary>
    public virtual SendKey? Key => null;

    /// <summary>What the store knows under <see cref="Key"/>; set before the command is applied.</summary>
    public SentEntry? Known { get; set; }

    /// <summary>Seq of the message it is about, which is read before the command is applied; 0 for commands about no message.</summary>
    public virtual long Target => 0;

    /// <summary>Ids of attachments it refers to, once each, which are looked up before the command is applied.</summary>
    public virtual IReadOnlyList<string> UsedAttachments => [];

    /// <summary>Those of <see cref="UsedAttachments"/> that there are; null when none was looked up.</summary>
    public Dictionary<string, AttachmentRecord>? KnownAttachments { get; set; }

    /// <summary>Ends the wait for room in the queue when the sender gives up; the queue's.</summary>
    internal CancellationTokenRegistration WaitCancellation { get; set; }

    /// <summary>Checks the command against the state as the commands before it left it, and stages its entries.</summary>
    public abstract void Apply(CommitTurn turn);

    /// <summary>Has <see cref="Complete"/> answer with an error; before <see cref="Apply"/>, the command is not applied.</summary>
    public abstract void Refuse(RSocketException reason);

    /// <summary>Answers the sender with what <see cref="Apply"/> found, now that it is durable and visible.</summary>
    public abstract void Complete();

    /// <summary>Answers the sender with a failure; nothing of the command has happened.</summary>
    public abstract void Fail(Exception reason);
}

/// <inheritdoc />
/// <typeparam name="TResult">The answer.</typeparam>
/// <remarks>Is its own <see cref="ValueTask{TResult}"/>, so that a send costs one object. To be awaited once.</remarks>
internal abstract class RoomCommand<TResult>(string user, string room) : RoomCommand(user, room), IValueTaskSource<TResult>
{
    // Synchronously: the senders of a turn are answered one after the other by the commit loop itself. A work item each would
    // cost more than what it does, encoding an answer and putting it in line; who has more to do must leave the thread.
    private ManualResetValueTaskSourceCore<TResult> core;
    private TResult? outcome;
    private RSocketException? refusal;

    /// <summary>The answer to come.</summary>
    public ValueTask<TResult> Answer => new(this, core.Version);

    /// <inheritdoc />
    public sealed override void Apply(CommitTurn turn)
    {
        if (refusal is not null)
        {
            return;
        }

        try
        {
            outcome = Run(turn);
        }
        catch (RSocketException error)
        {
            // Told only after the commit: it may rest on what a command before it staged, which may yet fail.
            refusal = error;
        }
    }

    /// <inheritdoc />
    public sealed override void Refuse(RSocketException reason) => refusal = reason;

    /// <inheritdoc />
    public sealed override void Complete()
    {
        if (refusal is null)
        {
            core.SetResult(outcome!);
        }
        else
        {
            core.SetException(refusal);
        }
    }

    /// <inheritdoc />
    public sealed override void Fail(Exception reason) => core.SetException(reason);

    TResult IValueTaskSource<TResult>.GetResult(short token) => core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TResult>.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource<TResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);

    /// <summary>Checks everything first, then stages: what throws must not have staged anything.</summary>
    /// <exception cref="RSocketException">The command is refused.</exception>
    protected abstract TResult Run(CommitTurn turn);
}
