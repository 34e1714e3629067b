using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.remove</c>: ends a membership or takes back an invitation. The user may come again where the room lets anybody in.</summary>
internal sealed class RemoveMember(string user, MemberAction request) : MembershipCommand(user, request.Room, request.User)
{
    /// <inheritdoc />
    protected override long Run(RoomDraft draft, MemberRecord member, MemberRecord? other)
    {
        RequireMayPutOut(member, other);
        return Rights.StandingOf(other) >= Standing.Invited
            ? draft.AppendStanding(Subject, Standing.None, User, MemberChanges.Removed).Seq
            : throw Refusal.NoSuchMember(Room, Subject);
    }
}
