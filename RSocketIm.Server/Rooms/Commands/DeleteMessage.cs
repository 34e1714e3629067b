using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>messages.delete</c>: takes the words of a message and of its edits, for all time and for everybody.</summary>
/// <remarks>
/// Deleting again is fine and answers with the first delete: a delete has no idempotency key, and who did not hear the
/// answer asks again. The attachments it
/// carried are used by it no more.
/// </remarks>
internal sealed class DeleteMessage(string user, MessageDelete request) : MessageCommand(user, request.Room, request.Target)
{
    /// <inheritdoc />
    protected override EntryResult Run(CommitTurn turn, RoomDraft draft, MemberRecord member, MessageState message)
    {
        if (message.Author != User && member.Standing < Standing.Moderator)
        {
            throw Refusal.NotAuthorNorModerator(Room, Target);
        }

        if (message.Deletion is { } before)
        {
            return before;
        }

        draft.DropAttachments(AttachmentIds.Of(message.Content.Attachments));
        foreach (LogEntry redacted in message.Scrub())
        {
            draft.Replace(redacted);
        }

        string? reason = string.IsNullOrEmpty(request.Reason) ? null : request.Reason;
        return Append(turn, draft, message, new RoomEvent { Type = RoomEventTypes.Delete, From = User, Target = Target, Reason = reason });
    }
}
