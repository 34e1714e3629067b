using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Something an owner or moderator wants to do with another user's membership.</summary>
/// <param name="user">Who wants it.</param>
/// <param name="room">The room's id.</param>
/// <param name="subject">Whose membership. Any valid name: there is no list of all guests to look it up in.</param>
internal abstract class MembershipCommand(string user, string room, string subject) : RoomCommand<SeqResult>(user, room)
{
    /// <summary>Whose membership.</summary>
    protected string Subject => subject;

    /// <inheritdoc />
    protected sealed override SeqResult Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        MemberRecord? member = draft.FindMember(User);
        Rights.RequireSee(draft.Record, member);
        if (draft.Record.Kind == RoomKind.Direct)
        {
            throw Refusal.DirectRoomIsForTwo(Room);
        }

        Rights.RequireModerator(draft.Record, member);
        return new SeqResult { Seq = Run(draft, member!, draft.FindMember(subject)) };
    }

    /// <inheritdoc cref="RoomCommand{TResult}.Run(CommitTurn)" />
    /// <param name="draft">The room.</param>
    /// <param name="member">What the user is to it: a moderator or owner.</param>
    /// <param name="other">What the subject is to it, or null.</param>
    /// <returns>Seq of the entry that tells of it.</returns>
    protected abstract long Run(RoomDraft draft, MemberRecord member, MemberRecord? other);

    /// <exception cref="Protocol.RSocketException">It is the user's own membership, or that of an owner and the user is none.</exception>
    protected void RequireMayPutOut(MemberRecord member, MemberRecord? other)
    {
        if (subject == User)
        {
            throw Refusal.NotYourself(User);
        }

        if (Rights.StandingOf(other) == Standing.Owner && member.Standing < Standing.Owner)
        {
            throw Refusal.OwnerIsProtected(Room, subject);
        }
    }
}
