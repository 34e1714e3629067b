using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>messages.react</c>: gives a reaction or takes it back.</summary>
/// <remarks>
/// Giving what is given adds no entry and answers with the one by which it was given; taking back what is not there
/// adds none either, and answers with the message's own seq and time, for there is no entry to name.
/// </remarks>
internal sealed class ReactToMessage(string user, MessageReact request) : MessageCommand(user, request.Room, request.Target)
{
    /// <inheritdoc />
    protected override EntryResult Run(CommitTurn turn, RoomDraft draft, MemberRecord member, MessageState message)
    {
        if (message.Deletion is not null)
        {
            throw Refusal.MessageDeleted(Room, Target);
        }

        EntryResult? given = message.FindReaction(User, request.Emoji);
        if (request.On && given is not null)
        {
            return given;
        }

        if (!request.On && given is null)
        {
            return new EntryResult { Seq = Target, At = message.Content.At };
        }

        RoomEvent reaction = new() { Type = RoomEventTypes.Reaction, From = User, Target = Target, Emoji = request.Emoji, On = request.On };
        return Append(turn, draft, message, reaction);
    }
}
