using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.ban</c>: a user, member or not, may neither read nor join until invited. Banning again is fine and adds no entry.</summary>
internal sealed class BanUser(string user, MemberAction request) : MembershipCommand(user, request.Room, request.User)
{
    /// <inheritdoc />
    protected override long Run(RoomDraft draft, MemberRecord member, MemberRecord? other)
    {
        RequireMayPutOut(member, other);
        return Rights.StandingOf(other) == Standing.Banned
            ? other!.JoinedSeq
            : draft.AppendStanding(Subject, Standing.Banned, User, MemberChanges.Banned).Seq;
    }
}
