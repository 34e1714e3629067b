using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>rooms.update</c>: another title or kind. What is as it was adds no entry.</summary>
/// <remarks>An empty title gives the room its id as title, as <c>rooms.create</c> does. Who reads a room that becomes private and is no member is stopped.</remarks>
internal sealed class UpdateRoom(string user, RoomUpdate request) : RoomCommand<RoomInfo>(user, request.Room)
{
    /// <inheritdoc />
    protected override RoomInfo Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        MemberRecord? member = draft.FindMember(User);
        Rights.RequireSee(draft.Record, member);
        if (draft.Record.Kind == RoomKind.Direct)
        {
            throw Refusal.DirectRoomIsForTwo(Room);
        }

        Rights.RequireModerator(draft.Record, member);
        string title = request.Title is { } given ? given.Length == 0 ? Room : given : draft.Record.Title;
        RoomKind kind = request.Kind switch
        {
            RoomKinds.Private => RoomKind.Private,
            RoomKinds.Public => RoomKind.Public,
            _ => draft.Record.Kind,
        };
        bool newTitle = title != draft.Record.Title;
        bool newKind = kind != draft.Record.Kind;
        if (newTitle || newKind)
        {
            draft.SetSettings(title, kind);
            draft.Append(new RoomEvent
            {
                Type = RoomEventTypes.Room,
                From = User,
                Title = newTitle ? title : null,
                Kind = newKind ? kind.ToContract() : null,
            });
        }

        return draft.ToInfo(User);
    }
}
