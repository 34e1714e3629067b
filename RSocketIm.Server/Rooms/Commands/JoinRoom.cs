using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.join</c>: become a member. Joining again is fine and adds no entry.</summary>
/// <remarks>Who joins a room that everybody has left becomes its owner, or nobody could ever look after it again.</remarks>
internal sealed class JoinRoom(string user, string room) : RoomCommand<RoomInfo>(user, room)
{
    /// <inheritdoc />
    protected override RoomInfo Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        MemberRecord? member = draft.FindMember(User);
        Rights.RequireSee(draft.Record, member);
        if (Rights.StandingOf(member) == Standing.Banned)
        {
            throw Refusal.Banned(Room);
        }

        if (Rights.StandingOf(member) < Standing.Member)
        {
            draft.AppendStanding(User, draft.MemberCount == 0 ? Standing.Owner : Standing.Member, User, MemberChanges.Joined);
        }

        return draft.ToInfo(User);
    }
}
