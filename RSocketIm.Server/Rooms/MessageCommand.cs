using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Something a member wants done to a message.</summary>
/// <param name="user">Who wants it.</param>
/// <param name="room">The room's id.</param>
/// <param name="target">Seq of the message.</param>
internal abstract class MessageCommand(string user, string room, long target) : RoomCommand<EntryResult>(user, room)
{
    /// <inheritdoc />
    public sealed override long Target { get; } = target;

    /// <inheritdoc />
    protected sealed override EntryResult Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        MemberRecord? member = draft.FindMember(User);
        Rights.RequireMember(draft.Record, member);
        if (Target < 1 || Target > draft.Head)
        {
            throw Refusal.OutOfRange("target", Target, 1, draft.Head);
        }

        return Run(turn, draft, member!, FindMessage(turn, draft) ?? throw Refusal.NoSuchMessage(Room, Target));
    }

    /// <inheritdoc cref="RoomCommand{TResult}.Run(CommitTurn)" />
    /// <param name="turn">The turn.</param>
    /// <param name="draft">The room.</param>
    /// <param name="member">What the user is to it: a member or more.</param>
    /// <param name="message">The message, deleted or not.</param>
    protected abstract EntryResult Run(CommitTurn turn, RoomDraft draft, MemberRecord member, MessageState message);

    /// <summary>Stages an entry about the message.</summary>
    protected static EntryResult Append(CommitTurn turn, RoomDraft draft, MessageState message, RoomEvent change)
    {
        LogEntry entry = draft.Append(change);
        turn.Messages.Apply(message, change);
        return new EntryResult { Seq = entry.Seq, At = entry.At };
    }

    private MessageState? FindMessage(CommitTurn turn, RoomDraft draft)
    {
        if (turn.Messages.Find(Room, Target) is { } known)
        {
            return known;
        }

        // Sent in this very turn: its sender cannot know the seq yet, but somebody may guess it.
        return draft.FindStaged(Target) is { Kind: EntryKind.Message } staged ? turn.Messages.Add(staged.Decode()) : null;
    }
}
