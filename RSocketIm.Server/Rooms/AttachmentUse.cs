using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>How messages count as references to the attachments of their room.</summary>
/// <remarks>
/// An id that has the form of ours, a SHA-256, must be an attachment of the room. Any other is a client's own name for
/// something that it keeps elsewhere; it is carried and not looked at.
/// </remarks>
internal static class AttachmentUse
{
    /// <exception cref="RSocketException">The message names an attachment that the room does not have.</exception>
    public static void RequireAttachments(this RoomDraft draft, IReadOnlyList<AttachmentInfo>? carried)
    {
        foreach (string id in Ids(carried))
        {
            if (draft.FindAttachment(id) is null)
            {
                throw Refusal.NoSuchAttachment(draft.Record.Room, id);
            }
        }
    }

    /// <exception cref="RSocketException">The room has as many attachments, or as many bytes of them, as it may.</exception>
    public static void RequireRoomFor(this RoomDraft draft, long size, RoomOptions limits)
    {
        if (draft.AttachmentCount >= limits.MaxAttachmentsPerRoom)
        {
            throw ContractError.TooLarge.ToException($"Room {draft.Record.Room} has {draft.AttachmentCount} attachments, which is all it may have.");
        }

        if (draft.AttachmentBytes + size > limits.MaxAttachmentBytesPerRoom)
        {
            throw ContractError.TooLarge.ToException(
                $"Room {draft.Record.Room} has {draft.AttachmentBytes} bytes of attachments, and with {size} more than the {limits.MaxAttachmentBytesPerRoom} it may have.");
        }
    }

    /// <summary>Counts a message that carries attachments.</summary>
    public static void UseAttachments(this RoomDraft draft, IReadOnlyList<AttachmentInfo>? carried)
    {
        foreach (string id in Ids(carried))
        {
            AttachmentRecord attachment = draft.FindAttachment(id)!;
            draft.SetAttachment(attachment with { References = attachment.References + 1, PendingSince = 0 });
        }
    }

    /// <summary>Counts a message that carries attachments no more.</summary>
    public static void DropAttachments(this RoomDraft draft, IReadOnlyList<AttachmentInfo>? carried)
    {
        foreach (string id in Ids(carried))
        {
            if (draft.FindAttachment(id) is { References: > 0 } attachment)
            {
                draft.SetAttachment(attachment with { References = attachment.References - 1 });
            }
        }
    }

    /// <summary>The ids that are ours, once each however often the message names them.</summary>
    private static IEnumerable<string> Ids(IReadOnlyList<AttachmentInfo>? carried) =>
        (carried ?? []).Select(attachment => attachment.Id).Where(AttachmentId.IsHash).Distinct(StringComparer.Ordinal);
}
