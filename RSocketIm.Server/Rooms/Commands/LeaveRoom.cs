using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.leave</c>: be a member no more, or decline an invitation. Who is neither changes nothing.</summary>
/// <remarks>
/// An owner may leave. When it was the last owner, the moderator who joined first becomes owner, else the member who
/// joined first, by a <c>role</c> entry before the <c>left</c>, so that at every seq a room with members has an owner.
/// A room left by all stays, with its log.
/// </remarks>
internal sealed class LeaveRoom(string user, string room) : RoomCommand<bool>(user, room)
{
    /// <inheritdoc />
    /// <returns>Whether anything changed.</returns>
    protected override bool Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        MemberRecord? member = draft.FindMember(User);
        Rights.RequireSee(draft.Record, member);
        if (draft.Record.Kind == RoomKind.Direct)
        {
            throw Refusal.DirectRoomIsForTwo(Room);
        }

        if (member is null || member.Standing == Standing.Banned)
        {
            return false;
        }

        if (member.Standing == Standing.Owner && FindHeir(draft) is { } heir)
        {
            draft.AppendStanding(heir.User, Standing.Owner, User, MemberChanges.Role);
        }

        draft.AppendStanding(User, Standing.None, User, MemberChanges.Left);
        return true;
    }

    private MemberRecord? FindHeir(RoomDraft draft)
    {
        MemberRecord? heir = null;
        foreach (MemberRecord other in draft.AllMembers())
        {
            if (other.Standing == Standing.Owner && other.User != User)
            {
                return null;
            }

            if (other.User != User && (heir is null || (-(int)other.Standing, other.JoinedSeq).CompareTo((-(int)heir.Standing, heir.JoinedSeq)) < 0))
            {
                heir = other;
            }
        }

        return heir;
    }
}
