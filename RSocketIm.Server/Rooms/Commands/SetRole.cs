using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.role</c>: an owner makes a member owner, moderator or member; the last owner stays one.</summary>
internal sealed class SetRole(string user, MemberAction request) : MembershipCommand(user, request.Room, request.User)
{
    /// <inheritdoc />
    protected override long Run(RoomDraft draft, MemberRecord member, MemberRecord? other)
    {
        Rights.RequireOwner(draft.Record, member);
        if (Rights.StandingOf(other) < Standing.Member)
        {
            throw Refusal.NoSuchMember(Room, Subject);
        }

        Standing standing = request.Role switch
        {
            RoomRoles.Owner => Standing.Owner,
            RoomRoles.Moderator => Standing.Moderator,
            _ => Standing.Member,
        };
        if (other!.Standing == Standing.Owner && standing < Standing.Owner && draft.AllMembers().Count(each => each.Standing == Standing.Owner) == 1)
        {
            throw Refusal.LastOwner(Room);
        }

        return draft.AppendStanding(Subject, standing, User, MemberChanges.Role).Seq;
    }
}
