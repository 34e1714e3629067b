using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>messages.send</c>: one message, however often the same sender sends it under the same id.</summary>
internal sealed class SendMessage(string user, MessageSend request) : RoomCommand<MessageSent>(user, request.Room)
{
    private readonly SendKey key = new(request.Room, user, request.Id);

    /// <inheritdoc />
    // In UTF-16 twice the text's length; what else it carries is small or bounded by the largest request.
    public override int Cost => base.Cost + (2 * request.Text.Length);

    /// <inheritdoc />
    public override SendKey? Key => key;

    /// <inheritdoc />
    public override IReadOnlyList<string> UsedAttachments { get; } = AttachmentIds.Of(request.Attachments);

    /// <inheritdoc />
    protected override MessageSent Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        Rights.RequireMember(draft.Record, draft.FindMember(User));

        // The twin may be in the store, or in this very turn, when an impatient client sent twice.
        if ((Known ?? draft.FindSend(key)) is { } twin)
        {
            return ToResult(twin, duplicate: true);
        }

        if (request.ReplyTo is { } replyTo && (replyTo < 1 || replyTo > draft.Head))
        {
            throw Refusal.OutOfRange("replyTo", replyTo, 1, draft.Head);
        }

        foreach (string id in UsedAttachments)
        {
            if (KnownAttachments?.GetValueOrDefault(id) is not { } attachment || attachment.Room != Room)
            {
                throw Refusal.NoSuchAttachment(Room, id);
            }
        }

        RoomEvent message = new()
        {
            Type = RoomEventTypes.Message,
            From = User,
            Id = request.Id,
            Text = request.Text,
            ReplyTo = request.ReplyTo,
            Mentions = request.Mentions,
            Attachments = request.Attachments,
            Meta = request.Meta,
        };
        SentEntry sent = draft.AppendSend(key, message);
        if (UsedAttachments.Count > 0)
        {
            draft.UseAttachments(sent.Seq, UsedAttachments);
        }

        return ToResult(sent, duplicate: false);
    }

    private MessageSent ToResult(SentEntry sent, bool duplicate) => new() { Room = Room, Seq = sent.Seq, At = sent.At, Duplicate = duplicate };
}
