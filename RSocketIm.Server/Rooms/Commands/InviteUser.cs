using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.invite</c>: lets a user see a room and join it; also lifts a ban. Inviting again is fine and adds no entry.</summary>
internal sealed class InviteUser(string user, MemberAction request) : MembershipCommand(user, request.Room, request.User)
{
    /// <inheritdoc />
    protected override long Run(RoomDraft draft, MemberRecord member, MemberRecord? other) => Rights.StandingOf(other) switch
    {
        >= Standing.Member => throw Refusal.MemberAlready(Room, Subject),
        Standing.Invited => other!.JoinedSeq,
        _ => draft.AppendStanding(Subject, Standing.Invited, User, MemberChanges.Invited).Seq,
    };
}
