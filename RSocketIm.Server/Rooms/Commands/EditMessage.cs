using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>messages.edit</c>: new words for one's own message, unless it is deleted.</summary>
internal sealed class EditMessage(string user, MessageEdit request) : MessageCommand(user, request.Room, request.Target)
{
    /// <inheritdoc />
    public override int Cost => base.Cost + (2 * request.Text.Length);

    /// <inheritdoc />
    protected override EntryResult Run(CommitTurn turn, RoomDraft draft, MemberRecord member, MessageState message)
    {
        if (message.Author != User)
        {
            throw Refusal.NotAuthor(Room, Target);
        }

        if (message.Deletion is not null)
        {
            throw Refusal.MessageDeleted(Room, Target);
        }

        return Append(turn, draft, message, new RoomEvent { Type = RoomEventTypes.Edit, From = User, Target = Target, Text = request.Text });
    }
}
