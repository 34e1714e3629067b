using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.open</c>: the direct room of two users, made when there is none.</summary>
/// <remarks>
/// Both are members from the first moment on, and neither is more than that: there is nobody to invite and nothing to
/// moderate. Whether the other user exists is not asked, for a guest exists only while connected; a message waits for
/// whoever comes by that name.
/// </remarks>
internal sealed class OpenDirectRoom(string user, string other, string room) : RoomCommand<RoomInfo>(user, room)
{
    /// <inheritdoc />
    protected override RoomInfo Run(CommitTurn turn)
    {
        if (turn.Find(Room) is { } existing)
        {
            return existing.ToInfo(User);
        }

        RoomDraft draft = turn.Create(new RoomRecord(Room, Room, RoomKind.Direct, RoomEpoch.Create(), turn.Now, User, 0, turn.Now));
        draft.AppendStanding(User, Standing.Member, User, MemberChanges.Joined);
        draft.AppendStanding(other, Standing.Member, User, MemberChanges.Joined);
        return draft.ToInfo(User);
    }
}
