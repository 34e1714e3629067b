using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.create</c>: a new room whose owner is the caller, which its first entry says.</summary>
internal sealed class CreateRoom(string user, string room, string title, RoomKind kind) : RoomCommand<RoomInfo>(user, room)
{
    /// <inheritdoc />
    protected override RoomInfo Run(CommitTurn turn)
    {
        if (turn.Find(Room) is not null)
        {
            throw Refusal.RoomExists(Room);
        }

        RoomDraft draft = turn.Create(new RoomRecord(Room, title, kind, RoomEpoch.Create(), turn.Now, User, 0, turn.Now));
        draft.AppendStanding(User, Standing.Owner, User, MemberChanges.Joined);
        return draft.ToInfo(User);
    }
}
