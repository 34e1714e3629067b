using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary>The end of <c>attachments.upload</c>: the bytes are on disk, and from now on the room knows them.</summary>
/// <param name="user">Who uploaded.</param>
/// <param name="request">What was said of the file.</param>
/// <param name="id">Its hash.</param>
/// <param name="limits">What a room may have.</param>
internal sealed class RegisterAttachment(string user, UploadRequest request, string id, RoomOptions limits) : RoomCommand<AttachmentRecord>(user, request.Room)
{
    /// <inheritdoc />
    protected override AttachmentRecord Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        Rights.RequireMember(draft.Record, draft.FindMember(User));
        AttachmentRecord? before = draft.FindAttachment(id);
        if (before is null)
        {
            draft.RequireRoomFor(request.Size, limits);
        }

        // Pending again also where messages carry it: this upload's message is still to come.
        AttachmentRecord attachment = new(id, request.Size, request.Name, request.Type, User, turn.Now, before?.References ?? 0);
        draft.SetAttachment(attachment);
        return attachment;
    }
}
