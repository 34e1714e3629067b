using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary>Forgets uploads that no message has used in time.</summary>
/// <param name="room">The room's id.</param>
/// <param name="before">Uploads before this time, in Unix milliseconds.</param>
internal sealed class ForgetUploads(string room, long before) : RoomCommand<int>("", room)
{
    /// <inheritdoc />
    /// <returns>How many were forgotten.</returns>
    protected override int Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        int forgotten = 0;
        foreach (AttachmentRecord attachment in draft.Room.Attachments())
        {
            // As it will be: a send or an upload before this command in the same turn may have renewed it.
            if (draft.FindAttachment(attachment.Id) is { PendingSince: > 0 } pending && pending.PendingSince < before)
            {
                draft.SetAttachment(pending with { PendingSince = 0 });
                forgotten += pending.References == 0 ? 1 : 0;
            }
        }

        return forgotten;
    }
}
